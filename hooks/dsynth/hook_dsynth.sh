# What only dsynth does: how it names a port's log, what its lists say, and what it wipes. Sourced after hook_bundle.sh
# or hook_run.sh.

# $pw_port, $pw_log_file and the rest stay empty when a name of the port is not of the plain form category/port, so that
# no such name ever becomes part of a path.
pw_locate() {
	pw_plain_name "${ORIGIN-}" "$pw_flavor" || return
	pw_port=${DIR_PORTS-}/$ORIGIN
	pw_file_name=${ORIGIN%%/*}___${ORIGIN#*/}${pw_flavor:+@$pw_flavor}
	pw_log_file=${DIR_LOGS-}/$pw_file_name.log
	pw_options=${DIR_OPTIONS-}/${ORIGIN%%/*}_${ORIGIN#*/}/options
}

# Phase, slot, time and the number of ports it holds up stand in the list of failures, the exit status of make in the
# list of everything; both were written before this hook was queued.
pw_read_lists() {
	pw_found=$(tail -c 100000 "${DIR_LOGS-}/00_last_results.log" | PW_ID=$pw_id ORIGIN=${ORIGIN-} awk '
		FILENAME != "-" {
			if ($2 != "FAILURE" || $3 != ENVIRON["PW_ID"]) next
			slot = substr($1, 2, length($1) - 2); skips = NF > 5 ? $4 : 0; phase = $(NF - 1); time = $NF
			next
		}
		$1 == "[" slot "]" && $2 == ENVIRON["ORIGIN"] && $3 == "Build" && $4 == "phase" {
			sub(/^.* failed (exit |- )/, ""); status = $0
		}
		END { if (slot != "") print slot, skips, phase, time, substr(status, 1, 40) }' \
		"${DIR_LOGS-}/02_failure_list.log" -)
	read -r pw_slot pw_skips pw_phase pw_duration pw_exit <<-END
		$pw_found
	END
}

# What the builder was told: the profile's section of dsynth.ini, and the make.conf of its jails.
pw_keep_profile() {
	pw_keep_setting "$pw_conf_dir/dsynth.ini" dsynth.ini "${PROFILE-}"
	pw_keep_setting "$pw_conf_dir/$pw_profile_name-make.conf" "$pw_profile_name-make.conf"
}

# The builder removes its report after this hook. A report that its own run could not save goes to that run, or, when
# no hook saw that run, to this one's folder `previous`.
pw_keep_previous() {
	pw_summary=${DIR_LOGS-}/Report/summary.json
	[ -f "$pw_summary" ] || return
	if [ -n "$pw_before" ] && ! [ "$pw_evidence/runs/$pw_before/start.txt" -nt "$pw_summary" ]; then
		pw_keep_report "$pw_evidence/runs/$pw_before"
	elif [ -z "$pw_last" ] || ! cmp -s "$pw_summary" "$pw_evidence/runs/$pw_last/report/summary.json"; then
		mkdir -p "$pw_folder/previous" && pw_keep_report "$pw_folder/previous"
	fi
}

# pw_keep_lists FOLDER
pw_keep_lists() {
	for pw_list in 01_success_list 02_failure_list 03_ignored_list 04_skipped_list; do
		pw_copy "${DIR_LOGS-}/$pw_list.log" "$1/lists/$pw_list.log"
	done
}

# pw_keep_report FOLDER
pw_keep_report() {
	mkdir -p "$1/report"
	for pw_file in "${DIR_LOGS-}"/Report/summary.json "${DIR_LOGS-}"/Report/*_history.json; do
		pw_copy "$pw_file" "$1/report/${pw_file##*/}"
	done
}
