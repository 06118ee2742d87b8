# What every hook shares. Sourced, never run; the caller has already silenced its three streams.
#
# The builder starts a hook with nothing in its environment but its own variables, once or more for every port of a
# bulk build. So the functions on the way of a port event use shell builtins only; whatever forks is for the rare ways.
# Shells served: FreeBSD and DragonFly sh, dash, bash, busybox sh.

PATH=/usr/bin:/bin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

pw_hooks_version=1
pw_tab='	'

# pw_open CONF_DIR: read the configuration and settle on the evidence folder. Everything has a default.
pw_open() {
	pw_evidence=/var/spool/portwright
	pw_target=${PROFILE-}
	pw_umask=077
	pw_log_limit_mb=64
	pw_keep_days=90
	[ -r "$1/portwright-hooks.conf" ] && pw_read_conf "$1/portwright-hooks.conf"
	umask "$pw_umask"
	pw_journal=$pw_evidence/journal/events.log
	pw_safe "${PROFILE-}" 48
	pw_profile_name=$pw_safe_name
}

# Lines are key=value, taken as they stand: no quotes, no expansion. A value that makes no sense leaves the default.
pw_read_conf() {
	pw_own_target=
	while IFS= read -r pw_line || [ -n "$pw_line" ]; do
		pw_value=${pw_line#*=}
		case $pw_line in
		evidence=/?*) pw_evidence=$pw_value ;;
		"target.${PROFILE-}="?*) pw_own_target=$pw_value ;;
		target=?*) pw_target=$pw_value ;;
		umask=0[0-7][0-7] | umask=[0-7][0-7][0-7] | umask=0[0-7][0-7][0-7]) pw_umask=$pw_value ;;
		log_limit_mb=[1-9] | log_limit_mb=[1-9][0-9] | log_limit_mb=[1-9][0-9][0-9]) pw_log_limit_mb=$pw_value ;;
		keep_days=0 | keep_days=[1-9] | keep_days=[1-9][0-9] | keep_days=[1-9][0-9][0-9]) pw_keep_days=$pw_value ;;
		esac
	done <"$1"
	[ -n "$pw_own_target" ] && pw_target=$pw_own_target
}

# pw_safe TEXT MAX: $pw_safe_name is TEXT made into one file name: [A-Za-z0-9_+@.-], no dot or dash in front, not empty.
pw_safe() {
	pw_safe_name=$1
	case $pw_safe_name in
	'' | [.-]* | *[!A-Za-z0-9_+@.-]*)
		pw_safe_name=$(printf '%s' "$1" | tr -c 'A-Za-z0-9_+@.-' '_')
		case $pw_safe_name in '' | [.-]*) pw_safe_name=_$pw_safe_name ;; esac
		;;
	esac
	[ "${#pw_safe_name}" -le "$2" ] || pw_safe_name=$(printf "%.$2s" "$pw_safe_name")
}

# pw_encode TEXT MAX: $pw_encoded is TEXT with every byte but printable ASCII, and `%`, as %XX; at most MAX bytes.
pw_encode() {
	case $1 in
	*[!A-Za-z0-9_+@.:,=/~\ -]*) ;;
	*)
		pw_encoded=$1
		[ "${#1}" -le "$2" ] && return
		;;
	esac
	pw_encoded=$(printf '%s' "$1" | od -An -v -tx1 | awk -v max="$2" '
		BEGIN { hex = "0123456789abcdef" }
		{
			for (i = 1; i <= NF; i++) {
				byte = 16 * (index(hex, substr($i, 1, 1)) - 1) + index(hex, substr($i, 2, 1)) - 1
				text = byte >= 32 && byte < 127 && byte != 37 ? sprintf("%c", byte) : "%" toupper($i)
				if (length(out) + length(text) > max) exit
				out = out text
			}
		}
		END { printf "%s", out }')
}

# The flavor is told by FLAVOR being something else than ORIGIN; $pw_flavor is empty for a port without one.
pw_set_flavor() {
	pw_flavor=${FLAVOR-}
	[ "$pw_flavor" != "${ORIGIN-}" ] || pw_flavor=
}

# $pw_run is the run that this builder process announced at its start, else one made for it now.
pw_find_run() {
	pw_run='' pw_owner='' pw_started=''
	read -r pw_run pw_owner pw_started <"$pw_evidence/runs/current.$pw_profile_name"
	[ -n "$pw_run" ] && [ "$pw_owner" = "$PPID" ] || pw_adhoc_run
}

# The start of this run left no trace (its hook was not installed yet, or could not write). Hooks of one builder agree
# on a name through ln(1), which one of them wins.
pw_adhoc_run() {
	pw_started=
	pw_folders
	pw_claim=$pw_evidence/runs/adhoc.$pw_profile_name.$PPID
	if ! read -r pw_run <"$pw_claim"; then
		pw_run=$(date -u +%Y%m%dT%H%M%SZ)-$pw_profile_name-$PPID-adhoc
		printf '%s\n' "$pw_run" >"$pw_evidence/tmp/claim.$$"
		ln "$pw_evidence/tmp/claim.$$" "$pw_claim"
		rm -f "$pw_evidence/tmp/claim.$$"
		read -r pw_claimed <"$pw_claim" && pw_run=$pw_claimed
	fi
}

pw_folders() {
	mkdir -p "$pw_evidence/journal" "$pw_evidence/runs" "$pw_evidence/bundles" "$pw_evidence/tmp"
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
# flushes every 1024 bytes: a longer record would be two writes, and is refused.
pw_append_record() {
	[ "${#pw_record}" -lt 1000 ] || return 1
	printf '%s.\n' "$pw_record" >>"$pw_journal" && return
	pw_folders
	printf '%s.\n' "$pw_record" >>"$pw_journal"
}

# pw_port_event EVENT: the whole hook for a port that needs no evidence.
pw_port_event() {
	pw_set_flavor
	pw_find_run
	pw_begin_record "$1"
	pw_field origin "${ORIGIN-}"
	pw_field flavor "$pw_flavor" 64
	pw_field pkgname "${PKGNAME-}"
	if [ "$1" = success ]; then
		# Success of a fetch-only run leaves no package of this run in the repository.
		pw_package=${DIR_REPOSITORY-}/${PKGNAME-}
		if [ -f "$pw_package" ] && ! [ "$pw_evidence/runs/$pw_run/start.txt" -nt "$pw_package" ]; then
			pw_record=${pw_record}made=package$pw_tab
		else
			pw_record=${pw_record}made=nothing$pw_tab
		fi
	fi
	pw_append_record
}

# pw_note TEXT: one line in the hooks' own log, for a person; the log turns over at 256 KB.
pw_note() {
	pw_log=$pw_evidence/hooks.log
	[ -n "$(find "$pw_log" -size +512)" ] && mv -f "$pw_log" "$pw_log.1"
	pw_encode "$1" 400
	printf '%s %s[%s] %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${0##*/}" "$$" "$pw_encoded" >>"$pw_log"
}

# pw_put KEY TEXT: one line of a key=value file, encoded as in the journal.
pw_put() {
	pw_encode "$2" 4096
	printf '%s=%s\n' "$1" "$pw_encoded"
}

# The builder's folders, for start.txt and meta.txt.
pw_put_folders() {
	pw_put dir_packages "${DIR_PACKAGES-}"
	pw_put dir_repository "${DIR_REPOSITORY-}"
	pw_put dir_ports "${DIR_PORTS-}"
	pw_put dir_options "${DIR_OPTIONS-}"
	pw_put dir_distfiles "${DIR_DISTFILES-}"
	pw_put dir_logs "${DIR_LOGS-}"
	pw_put dir_buildbase "${DIR_BUILDBASE-}"
}
