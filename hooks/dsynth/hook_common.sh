# What every hook shares, for dsynth and for poudriere. Sourced, never run; the caller has already silenced its three
# streams and set pw_library, the folder of this file.
#
# A bulk build calls a hook once or more for every port. So the functions here, the way of a port that needs no
# evidence, use shell builtins only; whatever forks stands in hook_rare.sh, which is read when it is needed.
# Shells served: FreeBSD and DragonFly sh, dash, bash, busybox sh.

PATH=/usr/bin:/bin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

pw_hooks_version=1
pw_builder=dsynth
# What tells this builder process from others; every hook of one run sees the same.
pw_owner=$PPID
pw_tab='	'

# pw_open CONF_DIR: settle on the evidence folder and on the mask of what is written there. The other settings are for
# hooks that fork anyway, and read by pw_read_settings of hook_rare.sh.
pw_open() {
	pw_conf_dir=$1
	pw_evidence=/var/spool/portwright
	pw_umask=077
	if [ -r "$1/portwright-hooks.conf" ]; then
		while IFS= read -r pw_line || [ -n "$pw_line" ]; do
			case $pw_line in
			evidence=/?*) pw_evidence=${pw_line#*=} ;;
			umask=0[0-7][0-7] | umask=[0-7][0-7][0-7] | umask=0[0-7][0-7][0-7]) pw_umask=${pw_line#*=} ;;
			esac
		done <"$1/portwright-hooks.conf"
	fi
	umask "$pw_umask"
	pw_journal=$pw_evidence/journal/events.log
	pw_safe "${PROFILE-}" 48
	pw_profile_name=$pw_safe_name
}

# What is seldom needed, read once. Fails when that file is missing or cannot be read.
pw_rare() {
	[ -n "$pw_has_rare" ] && return
	[ -r "$pw_library/hook_rare.sh" ] && . "$pw_library/hook_rare.sh" && pw_has_rare=1
}
pw_has_rare=

# pw_safe TEXT MAX: $pw_safe_name is TEXT made into one file name: [A-Za-z0-9_+@.-], no dot or dash in front, not empty.
pw_safe() {
	pw_safe_name=$1
	case $1 in
	'' | [.-]* | *[!A-Za-z0-9_+@.-]*) ;;
	*) [ "${#1}" -le "$2" ] && return ;;
	esac
	pw_rare && pw_make_safe "$1" "$2"
}

# pw_encode TEXT MAX: $pw_encoded is TEXT with every byte but printable ASCII, and `%`, as %XX; at most MAX bytes.
pw_encode() {
	pw_encoded=$1
	case $1 in
	*[!A-Za-z0-9_+@.:,=/~\ -]*) ;;
	*) [ "${#1}" -le "$2" ] && return ;;
	esac
	pw_encoded=
	pw_rare && pw_encode_bytes "$1" "$2"
}

# The flavor is told by FLAVOR being something else than ORIGIN; $pw_flavor is empty for a port without one.
pw_set_flavor() {
	pw_flavor=${FLAVOR-}
	[ "$pw_flavor" != "${ORIGIN-}" ] || pw_flavor=
}

# $pw_run is the run that this builder process announced at its start, else one made for it now.
pw_find_run() {
	pw_run='' pw_announcer='' pw_started=''
	read -r pw_run pw_announcer pw_started <"$pw_evidence/runs/current.$pw_profile_name"
	[ -n "$pw_run" ] && [ "$pw_announcer" = "$pw_owner" ] && return
	pw_run=adhoc
	pw_rare && pw_adhoc_run
}

# pw_field KEY TEXT [MAX]: add one field to the record in the making.
pw_field() {
	pw_encode "$2" "${3:-160}"
	pw_record=$pw_record$1=$pw_encoded$pw_tab
}

# pw_begin_record EVENT: the fields that every record has.
pw_begin_record() {
	pw_record="PW1${pw_tab}ev=$1${pw_tab}run=$pw_run$pw_tab"
	pw_field profile "${PROFILE-}" 64
}

# One printf is one write(2) on a file opened for appending, so records of overlapping hooks never mix. FreeBSD's sh
# flushes every 1024 bytes: a longer record would be two writes, and is refused. What cannot be written is noted.
pw_append_record() {
	if [ "${#pw_record}" -lt 1000 ]; then
		printf '%s.\n' "$pw_record" >>"$pw_journal" && return
		pw_rare && pw_folders && printf '%s.\n' "$pw_record" >>"$pw_journal" && return
	fi
	pw_rare && pw_note "no journal record: cannot write $pw_journal (${ORIGIN-$pw_run})"
}

# pw_port_event EVENT: the whole hook for a port that needs no evidence.
pw_port_event() {
	pw_set_flavor
	pw_find_run
	pw_begin_record "$1"
	pw_field origin "${ORIGIN-}"
	pw_field flavor "$pw_flavor" 64
	pw_field pkgname "${PKGNAME-}"
	[ "$1" = success ] && pw_set_made && pw_record=${pw_record}made=$pw_made$pw_tab
	pw_append_record
}

# Success of a fetch-only run leaves no package of this run in the repository.
pw_set_made() {
	pw_made=nothing
	pw_package=${DIR_REPOSITORY-}/${PKGNAME-}
	if [ -f "$pw_package" ] && ! [ "$pw_evidence/runs/$pw_run/start.txt" -nt "$pw_package" ]; then
		pw_made=package
	fi
}
