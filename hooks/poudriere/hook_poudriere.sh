# What only poudriere does: its environment told in the words of hook_common.sh, its lists, its log. Sourced by bulk.sh
# and pkgbuild.sh after hook_common.sh.
#
# What is relied on: BUILDNAME names one build of MASTERNAME; LOG is that build's folder; the lists .poudriere.ports.*
# in it (`ORIGIN[@FLAVOR] PKGNAME ...`) hold a port before its hook is called; MASTERMNT is the jail that all builders'
# are made from, with the tree and the options in place.

pw_builder=poudriere
pw_owner=${BUILDNAME-}
PROFILE=${MASTERNAME-}
DIR_PACKAGES=${PACKAGES_ROOT:-${PACKAGES-}}
DIR_REPOSITORY=${PACKAGES-}
DIR_PORTS=${MASTERMNT:+$MASTERMNT/usr/ports}
DIR_OPTIONS=${MASTERMNT:+$MASTERMNT/var/db/ports}
DIR_DISTFILES=
DIR_LOGS=${LOG-}
DIR_BUILDBASE=${MASTERMNT-}

# pw_take_port RESULT LIST ORIGIN PKGNAME: hooks are not told the flavor; it stands in one of the last lines of LIST.
pw_take_port() {
	RESULT=$1
	ORIGIN=${3%%@*}
	PKGNAME=$4
	FLAVOR=${3#"$ORIGIN"@}
	[ "$FLAVOR" = "$ORIGIN" ] || return
	pw_lines="$pw_newline$(tail -c 16384 "${LOG-}/.poudriere.ports.$2")$pw_newline"
	case $pw_lines in *" $PKGNAME"[\ "$pw_newline"]*) ;; *) return ;; esac
	pw_lines=${pw_lines%" $PKGNAME"[\ "$pw_newline"]*}
	pw_lines=${pw_lines##*"$pw_newline"}
	case $pw_lines in "$ORIGIN@"*) FLAVOR=${pw_lines#*@} ;; esac
}
pw_newline='
'

# pw_built_or_not RESULT LIST ORIGIN PKGNAME: the whole hook for a port that needs no evidence.
pw_built_or_not() {
	pw_take_port "$@"
	pw_port_event "$1"
}

# A package of a build in progress stands elsewhere than in the repository, and nothing is only fetched.
pw_set_made() {
	pw_made=package
}

# The log is an argument of the hook, through a link; the file itself is the one taken. Where the port came from is
# what the log's head says, since overlays of poudriere stand beside the tree.
pw_locate() {
	case ${PKGNAME-} in
	'' | .* | *[!A-Za-z0-9_+@.,~-]*) ;;
	*) pw_log_file=${LOG-}/logs/$PKGNAME.log ;;
	esac
	pw_plain_name "${ORIGIN-}" "$pw_flavor" || return
	pw_file_name=${ORIGIN%%/*}___${ORIGIN#*/}${pw_flavor:+@$pw_flavor}
	pw_options=$DIR_OPTIONS/${ORIGIN%%/*}_${ORIGIN#*/}/options
	pw_port=$DIR_PORTS/$ORIGIN
	pw_told=$(head -n 20 "$pw_log_file" | sed -n 's/^port directory: //p' | head -n 1)
	case $pw_told in
	*[!A-Za-z0-9_+@./-]* | */../* | *//*) ;;
	/*/"$ORIGIN") pw_port=${MASTERMNT-}$pw_told ;;
	esac
}

# The phase is an argument of the hook. Time in seconds, and the kind of error where poudriere looks for it, stand in
# its list of failures.
pw_read_lists() {
	pw_phase=$pw_told_phase
	pw_slot=${MY_BUILDER_ID:-${MY_JOBID-}}
	pw_found=$(tail -c 16384 "${LOG-}/.poudriere.ports.failed" | PW_NAME=${PKGNAME-} awk '
		$2 != ENVIRON["PW_NAME"] { next }
		{
			time = $NF ~ /^[0-9]+$/ ? sprintf("%02d:%02d:%02d", $NF / 3600, $NF % 3600 / 60, $NF % 60) : ""
			said = $4 ~ /^[a-zA-Z_-]+$/ ? substr($4, 1, 40) : ""
		}
		END { print time, said }')
	read -r pw_duration pw_said <<-END
		$pw_found
	END
}

pw_keep_profile() {
	pw_keep_setting "${POUDRIERED-}/../poudriere.conf" poudriere.conf
	pw_keep_setting "${MASTERMNT-}/etc/make.conf" make.conf
}

# A build's folder is its own and stays: there is nothing to save from the next one.
pw_keep_previous() {
	:
}

# pw_keep_lists FOLDER
pw_keep_lists() {
	for pw_list in built failed ignored skipped; do
		pw_copy "${LOG-}/.poudriere.ports.$pw_list" "$1/lists/poudriere.ports.$pw_list"
	done
}

# pw_keep_report FOLDER
pw_keep_report() {
	mkdir -p "$1/report" && pw_copy "${LOG-}/.data.json" "$1/report/data.json"
}
