# The bundle of one failure: built under tmp/, put in place by one rename. Sourced by hook_pkg_failure.
#
# Whatever cannot be had is left out and named in meta.txt; only a bundle without meta.txt is given up.

pw_bundle_port_bytes=2097152
pw_bundle_port_file_bytes=262144
pw_bundle_port_files=400
pw_bundle_errors_bytes=200000

# pw_port_failure CONF_DIR
pw_port_failure() {
	pw_set_flavor
	pw_find_run
	pw_identify
	pw_bundle=
	pw_make_bundle "$1" || {
		rm -rf "$pw_work"
		pw_note "no bundle for ${ORIGIN-}: cannot write under $pw_evidence"
	}
	pw_begin_record failure
	pw_field origin "${ORIGIN-}"
	pw_field flavor "$pw_flavor" 64
	pw_field pkgname "${PKGNAME-}"
	[ -z "$pw_bundle" ] || pw_field bundle "$pw_bundle" 240
	pw_field phase "$pw_phase" 32
	pw_field t "$(date +%s)" 16
	pw_append_record || pw_note "no journal record for ${ORIGIN-}"
}

# $pw_id = origin[@flavor] as the builder's lists spell it; $pw_port and $pw_log_file are empty when a name of the port
# is not of the plain form category/port, so that no such name ever becomes part of a path.
pw_identify() {
	pw_id=${ORIGIN-}${pw_flavor:+@$pw_flavor}
	pw_phase='' pw_slot='' pw_duration='' pw_skips='' pw_exit='' pw_cut=''
	pw_port='' pw_log_file='' pw_options=''
	case ${ORIGIN-}@$pw_flavor in
	*[!A-Za-z0-9_+@./-]* | /* | */ | */*/* | .* | */.* | -* | */-* | *@.*) return ;;
	*/*) ;;
	*) return ;;
	esac
	pw_port=${DIR_PORTS-}/$ORIGIN
	pw_file_name=${ORIGIN%%/*}___${ORIGIN#*/}${pw_flavor:+@$pw_flavor}
	pw_log_file=${DIR_LOGS-}/$pw_file_name.log
	pw_options=${DIR_OPTIONS-}/${ORIGIN%%/*}_${ORIGIN#*/}/options
}

pw_make_bundle() {
	pw_safe "${pw_file_name-$pw_id}" 120
	pw_bundle_name=$pw_safe_name.$$
	pw_work=$pw_evidence/tmp/$pw_run.$pw_bundle_name
	rm -rf "$pw_work"
	mkdir -p "$pw_work/logs" "$pw_evidence/bundles/$pw_run" || return 1
	pw_read_lists
	pw_keep_log
	pw_keep_port
	pw_keep_options
	pw_keep_profile "$1"
	pw_write_meta "$pw_work/meta.part" && mv "$pw_work/meta.part" "$pw_work/meta.txt" || return 1
	pw_place="$pw_evidence/bundles/$pw_run/$pw_bundle_name"
	# mv(1) would put it inside a folder of that name: a process number come round again within one run.
	while [ -e "$pw_place" ]; do
		pw_bundle_name=$pw_bundle_name-2
		pw_place=$pw_place-2
	done
	mv "$pw_work" "$pw_place" && pw_bundle=$pw_run/$pw_bundle_name
}

# Phase, slot, time and the number of ports it holds up stand in the builder's failure list, the exit status of make in
# its list of everything; both were written before this hook was queued.
pw_read_lists() {
	pw_found=$(PW_ID=$pw_id awk '
		$2 == "FAILURE" && $3 == ENVIRON["PW_ID"] {
			slot = substr($1, 2, length($1) - 2); skips = NF > 5 ? $4 : 0; phase = $(NF - 1); time = $NF
		}
		END { if (slot != "") print slot, skips, phase, time }' "${DIR_LOGS-}/02_failure_list.log")
	read -r pw_slot pw_skips pw_phase pw_duration <<-END
		$pw_found
	END
	pw_exit=$(tail -c 100000 "${DIR_LOGS-}/00_last_results.log" | ORIGIN=${ORIGIN-} PW_SLOT="[$pw_slot]" awk '
		$1 == ENVIRON["PW_SLOT"] && $2 == ENVIRON["ORIGIN"] && $3 == "Build" && $4 == "phase" {
			sub(/^.* failed (exit |- )/, ""); text = $0
		}
		END { printf "%s", substr(text, 1, 40) }')
}

# $pw_log_state: kept, missing, empty, stale (of an earlier run, not taken), unverified (kept; start of run unknown).
pw_keep_log() {
	pw_log_bytes=0
	pw_log_state=missing
	[ -n "$pw_log_file" ] && [ -f "$pw_log_file" ] && [ ! -L "$pw_log_file" ] || return
	pw_start=$pw_evidence/runs/$pw_run/start.txt
	pw_log_state=kept
	[ -f "$pw_start" ] || pw_log_state=unverified
	if [ "$pw_start" -nt "$pw_log_file" ]; then
		pw_log_state=stale
		return
	fi
	pw_log_bytes=$(wc -c <"$pw_log_file")
	pw_log_bytes=$((pw_log_bytes))
	[ "$pw_log_bytes" -gt 0 ] || pw_log_state=empty
	pw_log_stream | gzip -1 >"$pw_work/logs/full.log.gz" || {
		rm -f "$pw_work/logs/full.log.gz"
		pw_cut=$pw_cut,log:unwritten
	}
	pw_extract_errors | head -c "$pw_bundle_errors_bytes" >"$pw_work/logs/errors.txt"
}

# The log whole, or its beginning and its end with a line between them that says what is missing.
pw_log_stream() {
	pw_half=$((pw_log_limit_mb * 524288))
	if [ "$pw_log_bytes" -le $((2 * pw_half)) ]; then
		cat "$pw_log_file"
		return
	fi
	head -c "$pw_half" "$pw_log_file"
	printf '\n[portwright: %s bytes left out]\n' $((pw_log_bytes - 2 * pw_half))
	tail -c "$pw_half" "$pw_log_file"
}

# For a person: the lines of the failing phase that look like errors, with their numbers, then the end of the log.
pw_extract_errors() {
	printf '# %s: %s, phase %s\n# lines of that phase that look like errors\n' "$pw_id" "$PKGNAME" "$pw_phase"
	pw_log_stream | tr -d '\000-\010\013-\037\177' | grep -niE "$pw_error_words" | cut -c 1-400 | awk '
		/^[0-9]+:-- Phase: / { count = 0 }
		{ count++; if (count <= 80) first[count] = $0; else last[count % 80] = $0 }
		END {
			for (i = 1; i <= count && i <= 80; i++) print first[i]
			if (count > 160) print "[" count - 160 " lines left out]"
			for (i = (count > 160 ? count - 79 : 81); i <= count; i++) print last[i % 80]
		}'
	printf '\n# end of the log\n'
	tail -c 60000 "$pw_log_file" | tail -n 200 | tr -d '\000-\010\013-\037\177' | cut -c 1-400
}

pw_error_words='^-- Phase: |error|undefined (reference|symbol)|not found|cannot (find|open|stat)|no such file|fatal:'
pw_error_words=$pw_error_words'|missing|orphaned|mismatch|failed|hunk|reversed|unknown|undeclared|you must select|denied'
pw_error_words=$pw_error_words'|killed|timeout|no space|out of memory|segmentation|=> '

# The port's own files as the builder saw them, without work folders; big, odd or too many files are left out.
pw_keep_port() {
	[ -n "$pw_port" ] && [ -d "$pw_port" ] || {
		pw_cut=$pw_cut,port:missing
		return
	}
	mkdir "$pw_work/port" || return
	pw_list=$pw_work/port.list
	(cd "$pw_port" && find . \( -type d \( -name work -o -name 'work-*' -o -name .git \) -prune \) -o \
		-type f -exec wc -c {} +) | awk -v files="$pw_bundle_port_files" -v total="$pw_bundle_port_bytes" \
		-v each="$pw_bundle_port_file_bytes" -v cut="$pw_work/port.cut" '
		!/^ *[0-9]+ \.\/[A-Za-z0-9_+@.,=:~\/ -]+$/ { if (!/^ *[0-9]+ total$/) print "odd" >cut; next }
		{
			size = $1; sub(/^ *[0-9]+ /, "")
			if (size > each || bytes + size > total || ++count > files) { print "big" >cut; next }
			bytes += size; print
		}' >"$pw_list"
	[ -s "$pw_list" ] && tar -cf - -C "$pw_port" -T "$pw_list" | tar -xof - -C "$pw_work/port"
	[ -e "$pw_work/port.cut" ] && pw_cut=$pw_cut,port:files-left-out
	rm -f "$pw_list" "$pw_work/port.cut"
}

pw_keep_options() {
	[ -n "$pw_options" ] && [ -f "$pw_options" ] || return
	mkdir "$pw_work/options" && head -c 65536 "$pw_options" >"$pw_work/options/options"
}

# pw_keep_profile CONF_DIR: what the builder was told, passwords and tokens masked.
pw_keep_profile() {
	mkdir "$pw_work/profile" || return
	for pw_file in dsynth.ini "$pw_profile_name-make.conf"; do
		[ -f "$1/$pw_file" ] && head -c 65536 "$1/$pw_file" | sed -E \
			-e 's|(://)[^/@[:space:]]*@|\1***@|g' \
			-e 's/^([^#=]*(PASS|TOKEN|SECRET|CREDENTIAL)[^=]*=).*/\1 ***/' >"$pw_work/profile/$pw_file"
	done
}

# pw_write_meta FILE: fails when the file could not be written to its last line.
pw_write_meta() {
	[ -n "$pw_phase" ] || [ ! -f "$pw_work/logs/full.log.gz" ] ||
		pw_phase=$(grep '^-- Phase: ' "$pw_log_file" | tail -n 1 | cut -c 11-42)
	{
		pw_put schema 1
		pw_put hooks_version "$pw_hooks_version"
		pw_put builder dsynth
		pw_put run "$pw_run"
		pw_put profile "${PROFILE-}"
		pw_put target "$pw_target"
		pw_put result "${RESULT-}"
		pw_put origin "${ORIGIN-}"
		pw_put flavor "$pw_flavor"
		pw_put pkgname "${PKGNAME-}"
		pw_put phase "$pw_phase"
		pw_put slot "$pw_slot"
		pw_put duration "$pw_duration"
		pw_put skips "$pw_skips"
		pw_put exit "$pw_exit"
		pw_put run_started "$pw_started"
		pw_put captured "$(date +%s)"
		pw_put system "$(uname -srm)"
		pw_put_folders
		pw_put log_file "$pw_log_file"
		pw_put log_bytes "$pw_log_bytes"
		pw_put log_state "$pw_log_state"
		[ "$pw_log_bytes" -le $((pw_log_limit_mb * 1048576)) ] || pw_cut=$pw_cut,log:middle-left-out
		pw_put cut "${pw_cut#,}"
	} >"$1"
	[ "$(tail -n 1 "$1" | cut -c 1-4)" = cut= ]
}
