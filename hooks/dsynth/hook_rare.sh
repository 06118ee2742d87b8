# What hooks need seldom: settings, odd names, a run without a start, trouble, and files of key=value lines. Read by
# pw_rare.

# Lines are key=value, taken as they stand: no quotes, no expansion. Everything has a default; a line that makes no sense
# leaves it, and the start of a run says so in the hooks' log.
pw_read_settings() {
	pw_target=${PROFILE-}
	pw_own_target=
	pw_overlay=
	pw_log_limit_mb=64
	pw_keep_days=90
	pw_nonsense=
	[ -r "$pw_conf_dir/portwright-hooks.conf" ] || return
	while IFS= read -r pw_line || [ -n "$pw_line" ]; do
		pw_value=${pw_line#*=}
		case $pw_line in
		'' | '#'* | evidence=/?* | "umask=$pw_umask") ;;
		"target.${PROFILE-}="?*) pw_own_target=$pw_value ;;
		target.*=?*) ;;
		target=?*) pw_target=$pw_value ;;
		overlay=/?*) pw_overlay=$pw_value ;;
		log_limit_mb=[1-9] | log_limit_mb=[1-9][0-9] | log_limit_mb=[1-9][0-9][0-9]) pw_log_limit_mb=$pw_value ;;
		keep_days=0 | keep_days=[1-9] | keep_days=[1-9][0-9] | keep_days=[1-9][0-9][0-9]) pw_keep_days=$pw_value ;;
		*) pw_nonsense="$pw_nonsense $pw_line" ;;
		esac
	done <"$pw_conf_dir/portwright-hooks.conf"
	[ -z "$pw_own_target" ] || pw_target=$pw_own_target
}

# pw_make_safe TEXT MAX: the way of pw_safe for a text that is not a file name already.
pw_make_safe() {
	pw_safe_name=$(printf '%s' "$1" | tr -c 'A-Za-z0-9_+@.-' '_')
	case $pw_safe_name in '' | [.-]*) pw_safe_name=_$pw_safe_name ;; esac
	[ "${#pw_safe_name}" -le "$2" ] || pw_safe_name=$(printf "%.$2s" "$pw_safe_name")
}

# pw_encode_bytes TEXT MAX: the way of pw_encode for a text with odd bytes in it.
pw_encode_bytes() {
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

# The start of this run left no trace (its hook was not installed yet, or could not write). Hooks of one builder agree
# on a name through ln(1), which one of them wins.
pw_adhoc_run() {
	pw_started=
	pw_safe "$pw_owner" 40
	pw_folders
	pw_claim=$pw_evidence/runs/adhoc.$pw_profile_name.$pw_safe_name
	pw_run=
	if ! read -r pw_run <"$pw_claim"; then
		pw_run=$(date -u +%Y%m%dT%H%M%SZ)-$pw_profile_name-$pw_safe_name-adhoc
		printf '%s\n' "$pw_run" >"$pw_evidence/tmp/claim.$$"
		ln "$pw_evidence/tmp/claim.$$" "$pw_claim"
		rm -f "$pw_evidence/tmp/claim.$$"
		read -r pw_claimed <"$pw_claim" && pw_run=$pw_claimed
	fi
}

pw_folders() {
	mkdir -p "$pw_evidence/journal" "$pw_evidence/runs" "$pw_evidence/bundles" "$pw_evidence/tmp"
}

# pw_note TEXT: one line in the hooks' own log, for a person; beside the configuration when the evidence folder does
# not take it. Either log turns over at 256 KB.
pw_note() {
	pw_encode "$1" 400
	pw_noted="$(date -u +%Y-%m-%dT%H:%M:%SZ) ${0##*/}[$$] $pw_encoded"
	mkdir -p "$pw_evidence"
	for pw_log in "$pw_evidence/hooks.log" "$pw_conf_dir/portwright-hooks.log"; do
		[ -L "$pw_log" ] && continue
		[ -n "$(find "$pw_log" -size +512)" ] && mv -f "$pw_log" "$pw_log.1"
		printf '%s\n' "$pw_noted" >>"$pw_log" && return
	done
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
