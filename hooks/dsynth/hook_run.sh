# Start and end of a run, for every builder. Sourced by the hooks of both; these may fork, they run once.
# The builder's own part stands in hook_dsynth.sh or hook_poudriere.sh.

# The start announces the run's name to the hooks of its ports, and leaves the mark that tells this run's logs from
# older ones. start.txt is written once and never touched again: its time is that mark.
pw_run_start() {
	pw_read_settings
	pw_folders
	pw_started=$(date +%s)
	pw_safe "$pw_owner" 40
	pw_run=$(date -u +%Y%m%dT%H%M%SZ)-$pw_profile_name-$pw_safe_name
	# A builder that starts itself again within a second keeps its process number.
	while ! mkdir "$pw_evidence/runs/$pw_run"; do
		[ -d "$pw_evidence/runs/$pw_run" ] || {
			pw_note "no run can be announced: cannot write under $pw_evidence"
			return
		}
		pw_run=$pw_run-2
	done
	pw_folder=$pw_evidence/runs/$pw_run
	pw_current=$pw_evidence/runs/current.$pw_profile_name
	{
		pw_put schema 1
		pw_put hooks_version "$pw_hooks_version"
		pw_put builder "$pw_builder"
		pw_put run "$pw_run"
		pw_put profile "${PROFILE-}"
		pw_put target "$pw_target"
		pw_put builder_pid "$PPID"
		pw_put started "$pw_started"
		pw_put queued "${PORTS_QUEUED-}"
		pw_put system "$(uname -srm)"
		pw_put_folders
	} >"$pw_folder/start.txt"
	pw_read_trees

	# Still named: the run before never came to its end.
	pw_before='' pw_last=''
	read -r pw_before pw_rest <"$pw_current"
	[ -n "$pw_before" ] && [ -d "$pw_evidence/runs/$pw_before" ] || pw_before=
	read -r pw_last <"$pw_evidence/runs/last.$pw_profile_name"
	pw_keep_previous
	printf '%s %s %s\n' "$pw_run" "$pw_owner" "$pw_started" >"$pw_current.$$" && mv -f "$pw_current.$$" "$pw_current"

	pw_begin_record run_start
	pw_field target "$pw_target" 64
	pw_field queued "${PORTS_QUEUED-}" 16
	pw_field logs "${DIR_LOGS-}" 240
	pw_field interrupted "$pw_before" 120
	pw_field builder "$pw_builder" 16
	pw_field t "$pw_started" 16
	pw_append_record
	[ -z "$pw_trees" ] || pw_append_trees
	[ -z "$pw_nonsense" ] || pw_note "settings that were not understood:$pw_nonsense"
	[ -d "${DIR_LOGS-}" ] || pw_note "the builder's folder of logs is missing: ${DIR_LOGS-}"
	[ -z "$pw_overlay" ] || [ -d "$pw_overlay/ports" ] || pw_note "overlay=$pw_overlay has no folder named ports"
	pw_tidy
}

# Commit and branch of the tree that is built and of the overlay; $pw_trees is empty when neither is known.
pw_read_trees() {
	pw_read_head "${DIR_PORTS-}"
	pw_ports_commit=$pw_commit pw_ports_branch=$pw_branch
	pw_read_head "$pw_overlay"
	pw_trees=$pw_ports_commit$pw_commit
}

# A record of its own: with those fields the one of the start could outgrow what is written at once.
pw_append_trees() {
	pw_begin_record trees
	pw_field ports_commit "$pw_ports_commit" 64
	pw_field ports_branch "$pw_ports_branch" 80
	pw_field overlay_commit "$pw_commit" 64
	pw_field overlay_branch "$pw_branch" 80
	pw_append_record
}

# pw_read_head FOLDER: $pw_commit and $pw_branch are what git has checked out there, empty where that cannot be told. git
# itself is not run: the tree may be somebody else's, with programs of his in its configuration.
pw_read_head() {
	pw_commit='' pw_branch=''
	[ -n "$1" ] || return
	pw_head=$(pw_start_of "$1/.git/HEAD" 1000 | head -n 1)
	case $pw_head in
	*..*) return ;;
	'ref: refs/heads/'?*)
		pw_branch=${pw_head#ref: refs/heads/}
		pw_commit=$(pw_start_of "$1/.git/${pw_head#ref: }" 1000 | head -n 1)
		[ -n "$pw_commit" ] || pw_commit=$(pw_start_of "$1/.git/packed-refs" 16000000 |
			PW_REF=${pw_head#ref: } awk '$2 == ENVIRON["PW_REF"] { print $1; exit }')
		;;
	*) pw_commit=$pw_head ;;
	esac
	case $pw_commit in
	*[!0-9a-f]*) pw_commit='' ;;
	????????????????????????????????????????*) ;;
	*) pw_commit='' ;;
	esac
	[ -n "$pw_commit" ] || pw_branch=''
}

# pw_start_of FILE BYTES: nothing of what is no plain file, as others may have put it there.
pw_start_of() {
	[ ! -f "$1" ] || [ -L "$1" ] || head -c "$2" "$1"
}

pw_run_end() {
	pw_find_run
	pw_folder=$pw_evidence/runs/$pw_run
	pw_ended=$(date +%s)
	mkdir -p "$pw_folder/lists"
	pw_keep_lists "$pw_folder"
	pw_keep_report "$pw_folder"
	{
		pw_put schema 1
		pw_put run "$pw_run"
		pw_put ended "$pw_ended"
		pw_put built "${PORTS_BUILT-}"
		pw_put failed "${PORTS_FAILED-}"
		pw_put ignored "${PORTS_IGNORED-}"
		pw_put skipped "${PORTS_SKIPPED-}"
	} >"$pw_folder/end.part" && mv "$pw_folder/end.part" "$pw_folder/end.txt"
	pw_begin_record run_end
	pw_field built "${PORTS_BUILT-}" 16
	pw_field failed "${PORTS_FAILED-}" 16
	pw_field ignored "${PORTS_IGNORED-}" 16
	pw_field skipped "${PORTS_SKIPPED-}" 16
	pw_field t "$pw_ended" 16
	pw_append_record
	pw_safe "$pw_owner" 40
	printf '%s\n' "$pw_run" >"$pw_evidence/runs/last.$pw_profile_name"
	rm -f "$pw_evidence/runs/current.$pw_profile_name" "$pw_evidence/runs/adhoc.$pw_profile_name.$pw_safe_name"
}

# pw_copy FROM TO: at most the first 32 MB, in place at once.
pw_copy() {
	[ -f "$1" ] && [ ! -L "$1" ] && head -c 33554432 "$1" >"$2.part" && mv "$2.part" "$2"
}

# What killed hooks left behind goes after a day, evidence after the configured days.
pw_tidy() {
	find "$pw_evidence/tmp" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} +
	find "$pw_evidence/runs" -maxdepth 1 -name 'adhoc.*' -mtime +7 -exec rm -f {} +
	[ "$pw_keep_days" -eq 0 ] && return
	for pw_kind in bundles runs; do
		find "$pw_evidence/$pw_kind" -mindepth 1 -maxdepth 1 -type d -mtime "+$pw_keep_days" -exec rm -rf {} +
	done
}
