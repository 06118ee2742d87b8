# Start and end of a run. Sourced by hook_run_start and hook_run_end; these may fork, they run once.

# The start announces the run's name to the hooks of its ports, and leaves the mark that tells this run's logs from
# older ones. start.txt is written once and never touched again: its time is that mark.
pw_run_start() {
	pw_folders || return
	pw_started=$(date +%s)
	pw_run=$(date -u +%Y%m%dT%H%M%SZ)-$pw_profile_name-$PPID
	# A builder that starts itself again within a second keeps its process number.
	while ! mkdir "$pw_evidence/runs/$pw_run"; do
		[ -d "$pw_evidence/runs/$pw_run" ] || return
		pw_run=$pw_run-2
	done
	pw_folder=$pw_evidence/runs/$pw_run
	pw_current=$pw_evidence/runs/current.$pw_profile_name
	{
		pw_put schema 1
		pw_put hooks_version "$pw_hooks_version"
		pw_put builder dsynth
		pw_put run "$pw_run"
		pw_put profile "${PROFILE-}"
		pw_put target "$pw_target"
		pw_put builder_pid "$PPID"
		pw_put started "$pw_started"
		pw_put queued "${PORTS_QUEUED-}"
		pw_put system "$(uname -srm)"
		pw_put_folders
	} >"$pw_folder/start.txt"

	# Still named: the run before never came to its end. The builder removes its report after this hook.
	pw_before=''
	read -r pw_before pw_rest <"$pw_current"
	if [ -n "$pw_before" ] && [ -d "$pw_evidence/runs/$pw_before" ]; then
		pw_keep_report "$pw_evidence/runs/$pw_before"
	fi
	printf '%s %s %s\n' "$pw_run" "$PPID" "$pw_started" >"$pw_current.$$" && mv -f "$pw_current.$$" "$pw_current"

	pw_begin_record run_start
	pw_field target "$pw_target" 64
	pw_field queued "${PORTS_QUEUED-}" 16
	pw_field logs "${DIR_LOGS-}" 240
	pw_field interrupted "$pw_before" 120
	pw_field t "$pw_started" 16
	pw_append_record || pw_note "no journal record for the start of $pw_run"
	pw_tidy
}

pw_run_end() {
	pw_find_run
	pw_folder=$pw_evidence/runs/$pw_run
	pw_ended=$(date +%s)
	mkdir -p "$pw_folder/lists"
	for pw_list in 01_success_list 02_failure_list 03_ignored_list 04_skipped_list; do
		pw_copy "${DIR_LOGS-}/$pw_list.log" "$pw_folder/lists/$pw_list.log"
	done
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
	pw_append_record || pw_note "no journal record for the end of $pw_run"
	rm -f "$pw_evidence/runs/current.$pw_profile_name" "$pw_evidence/runs/adhoc.$pw_profile_name.$PPID"
}

# pw_keep_report FOLDER: the builder's own report files.
pw_keep_report() {
	mkdir -p "$1/report"
	for pw_file in "${DIR_LOGS-}"/Report/summary.json "${DIR_LOGS-}"/Report/*_history.json; do
		pw_copy "$pw_file" "$1/report/${pw_file##*/}"
	done
}

# pw_copy FROM TO: at most the first 32 MB, in place at once.
pw_copy() {
	[ -f "$1" ] && head -c 33554432 "$1" >"$2.part" && mv "$2.part" "$2"
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
