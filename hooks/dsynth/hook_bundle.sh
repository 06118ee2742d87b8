# The bundle of one failure: built under tmp/, put in place by one rename. For every builder; what differs between them
# (pw_locate, pw_read_lists, pw_keep_profile) stands in hook_dsynth.sh or hook_poudriere.sh.
#
# Whatever cannot be had is left out and named in meta.txt; only a bundle without meta.txt is given up.

pw_port_bytes=2097152
pw_port_files=400
pw_overlay_bytes=1048576
pw_overlay_files=150
pw_file_bytes=262144
pw_setting_bytes=65536
pw_error_window=8388608

pw_port_failure() {
	pw_read_settings
	pw_set_flavor
	pw_find_run
	pw_id=${ORIGIN-}${pw_flavor:+@$pw_flavor}
	pw_slot='' pw_duration='' pw_skips='' pw_exit='' pw_said='' pw_cut='' pw_left_out=''
	pw_port='' pw_log_file='' pw_options='' pw_file_name=''
	pw_captured=$(date +%s)
	pw_locate
	pw_bundle=
	pw_make_bundle || {
		rm -rf "$pw_work"
		pw_note "no bundle for $pw_id: cannot write under $pw_evidence"
	}
	pw_begin_record failure
	pw_field origin "${ORIGIN-}"
	pw_field flavor "$pw_flavor" 64
	pw_field pkgname "${PKGNAME-}"
	[ -z "$pw_bundle" ] || pw_field bundle "$pw_bundle" 240
	pw_field phase "$pw_phase" 32
	pw_field t "$pw_captured" 16
	pw_append_record
}

# pw_plain_name ORIGIN FLAVOR: whether they are of the plain form and safe as parts of a path.
pw_plain_name() {
	case $1@$2 in
	*[!A-Za-z0-9_+@./-]* | /* | */ | */*/* | .* | */.* | -* | */-* | *@.*) return 1 ;;
	*/*) ;;
	*) return 1 ;;
	esac
}

pw_make_bundle() {
	pw_safe "${pw_file_name:-$pw_id}" 120
	pw_bundle_name=$pw_safe_name.$$
	pw_work=$pw_evidence/tmp/$pw_run.$pw_bundle_name
	[ ! -e "$pw_work" ] || rm -rf "$pw_work"
	mkdir -p "$pw_work/logs" "$pw_work/port" "$pw_work/profile" "$pw_evidence/bundles/$pw_run" || return 1
	pw_read_lists
	pw_keep_log
	pw_keep_port
	pw_keep_options
	pw_keep_profile
	pw_write_meta "$pw_work/meta.txt" || return 1
	pw_place="$pw_evidence/bundles/$pw_run/$pw_bundle_name"
	# mv(1) would put it inside a folder of that name: a process number come round again within one run.
	while [ -e "$pw_place" ]; do
		pw_bundle_name=$pw_bundle_name-2
		pw_place=$pw_place-2
	done
	mv "$pw_work" "$pw_place" && pw_bundle=$pw_run/$pw_bundle_name
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
	pw_compress_log >"$pw_work/logs/full.log.gz" || {
		rm -f "$pw_work/logs/full.log.gz"
		pw_cut=$pw_cut,log:unwritten
	}
	pw_extract_errors >"$pw_work/logs/errors.txt"
}

# The log whole, or its beginning and its end with a line between them that says what is missing.
pw_compress_log() {
	pw_half=$((pw_log_limit_mb * 524288))
	if [ "$pw_log_bytes" -le $((2 * pw_half)) ]; then
		gzip -1 <"$pw_log_file"
		return
	fi
	pw_cut=$pw_cut,log:middle-left-out
	{
		head -c "$pw_half" "$pw_log_file"
		printf '\n[portwright: %s bytes left out]\n' $((pw_log_bytes - 2 * pw_half))
		tail -c "$pw_half" "$pw_log_file"
	} | gzip -1
}

# For a person: the lines of the failing phase that look like errors, with their numbers, then the end of the log. Only
# the last 8 MB are searched, since grep(1) is slow on some systems. At most 160 lines and 200 lines of 400 bytes.
pw_extract_errors() {
	printf '# %s: %s, phase %s\n# lines of that phase that look like errors\n' "$pw_id" "${PKGNAME-}" "$pw_phase"
	pw_lines_before=0
	[ "$pw_log_bytes" -le $pw_error_window ] ||
		pw_lines_before=$(head -c $((pw_log_bytes - pw_error_window)) "$pw_log_file" | wc -l)
	tail -c $pw_error_window "$pw_log_file" | tr -d '\000-\010\013-\037\177' | grep -niE "$pw_error_words" |
		awk -v before="$((pw_lines_before))" '
		/^[0-9]+:(-- Phase: |=+<phase: )/ { count = 0 }
		{
			number = $0; sub(/:.*/, "", number)
			line = substr(number + before substr($0, length(number) + 1), 1, 400)
			count++; if (count <= 80) first[count] = line; else last[count % 80] = line
		}
		END {
			for (i = 1; i <= count && i <= 80; i++) print first[i]
			if (count > 160) print "[" count - 160 " lines left out]"
			for (i = (count > 160 ? count - 79 : 81); i <= count; i++) print last[i % 80]
		}'
	printf '\n# end of the log\n'
	tail -c 60000 "$pw_log_file" | tr -d '\000-\010\013-\037\177' | awk '
		{ last[NR % 200] = substr($0, 1, 400) }
		END { for (i = (NR > 200 ? NR - 199 : 1); i <= NR; i++) print last[i % 200] }'
}

pw_error_words='^(-- Phase: |=+<phase: )|error|undefined (reference|symbol)|not found|cannot (find|open|stat)|no such file'
pw_error_words=$pw_error_words'|fatal:|missing|orphaned|mismatch|failed|hunk|reversed|unknown|undeclared|you must select'
pw_error_words=$pw_error_words'|denied|killed|timeout|no space|out of memory|segmentation|=> '

# The port's own files as the builder saw them; then, from the overlay that the configuration names, what these lack.
pw_keep_port() {
	pw_keep_tree port "$pw_port" $pw_port_bytes $pw_port_files
	if [ -n "$pw_overlay" ] && [ -n "$pw_port" ]; then
		pw_keep_tree overlay "$pw_overlay/ports/$ORIGIN" $pw_overlay_bytes $pw_overlay_files
	fi
	[ -s "$pw_work/port.list" ] || [ -s "$pw_work/overlay.list" ] || rmdir "$pw_work/port"
	rm -f "$pw_work"/*.list "$pw_work"/*.left
}

# pw_keep_tree KIND FOLDER BYTES FILES: work folders are none of the port's; links, odd names and what is too big or too
# many is left out. An odd name is never printed, nor is what lies below it: it could look like another file's.
pw_keep_tree() {
	[ -n "$2" ] && [ -d "$2" ] && [ ! -L "$2" ] || {
		pw_cut=$pw_cut,$1:missing
		return
	}
	(cd "$2" && find . -type d \( -name work -o -name 'work-*' -o -name .git \) -prune -o \
		-name '*[!A-Za-z0-9_+@.,=:~ -]*' -prune -exec sh -c 'echo "odd $#"' sh {} + -o \
		-type f -exec wc -c {} + -o ! -type d -exec printf 'link %s\n' {} +) |
		awk -v kind="$1" -v total="$3" -v files="$4" -v each="$pw_file_bytes" \
			-v seen="$pw_work/port.list" -v left="$pw_work/$1.left" '
		function leave(what) { print what >>left }
		BEGIN { if (kind != "port") while ((getline line <seen) > 0) had[line] = 1 }
		$1 == "odd" { leave(kind ":" $2 "-odd-names"); next }
		{ size = $1; sub(/^ *[^ ]+ /, "") }
		size == "link" { leave(kind substr($0, 2)); next }
		!/^\.\// || $0 in had { next }
		size > each || bytes + size > total || count >= files { leave(kind substr($0, 2)); next }
		{ bytes += size; count++; print }' >"$pw_work/$1.list"
	[ -s "$pw_work/$1.list" ] && tar -cf - -C "$2" -T "$pw_work/$1.list" |
		tar -x -o --no-same-permissions -f - -C "$pw_work/port"
	[ -s "$pw_work/$1.left" ] || return
	pw_cut=$pw_cut,$1:files-left-out
	while IFS= read -r pw_line && [ "${#pw_left_out}" -lt 2000 ]; do
		pw_left_out="$pw_left_out$pw_line
"
	done <"$pw_work/$1.left"
	[ "${#pw_left_out}" -lt 2000 ] || pw_left_out="$pw_left_out...
"
}

pw_keep_options() {
	[ -n "$pw_options" ] && [ -f "$pw_options" ] && [ ! -L "$pw_options" ] || return
	mkdir "$pw_work/options" && pw_keep_capped "$pw_options" "$pw_work/options/options" options:cut
}

# pw_keep_capped FROM TO CUT: the first 64 KB; CUT is noted when that is not all.
pw_keep_capped() {
	head -c $pw_setting_bytes "$1" >"$2"
	[ "$(wc -c <"$1")" -le $pw_setting_bytes ] || pw_cut=$pw_cut,$3
}

# pw_keep_setting FROM NAME [SECTION]: a file of settings, or one [SECTION] of it; at most 64 KB; secrets masked.
pw_keep_setting() {
	[ -f "$1" ] || return
	awk -v section="${3-}" -v max="$pw_setting_bytes" -v cut="$pw_work/profile.cut" '
		/^\[/ && section != "" { inside = index($0, "[" section "]") == 1 }
		section != "" && !inside { next }
		{
			gsub(/:\/\/[^\/@ \t]*@/, "://***@")
			name = toupper($0); sub(/=.*/, "", name)
			if ($0 ~ /=/ && name !~ /#/ && name ~ /PASS|TOKEN|SECRET|CREDENTIAL|APIKEY|API_KEY|PRIVATE/)
				$0 = substr($0, 1, index($0, "=")) " ***"
			bytes += length($0) + 1
			if (bytes > max) { print >cut; exit }
			print
		}' "$1" >"$pw_work/profile/$2"
	[ ! -e "$pw_work/profile.cut" ] || {
		rm -f "$pw_work/profile.cut"
		pw_cut=$pw_cut,profile:$2
	}
}

# pw_write_meta FILE: fails when the file could not be written to its last line.
pw_write_meta() {
	[ -n "$pw_phase" ] || [ ! -f "$pw_work/logs/full.log.gz" ] ||
		pw_phase=$(grep '^-- Phase: ' "$pw_log_file" | tail -n 1 | cut -c 11-42)
	{
		pw_put schema 1
		pw_put hooks_version "$pw_hooks_version"
		pw_put builder "$pw_builder"
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
		pw_put said "$pw_said"
		pw_put run_started "$pw_started"
		pw_put captured "$pw_captured"
		pw_put system "$(uname -srm)"
		pw_put_folders
		pw_put overlay "$pw_overlay"
		pw_put log_file "$pw_log_file"
		pw_put log_bytes "$pw_log_bytes"
		pw_put log_state "$pw_log_state"
		pw_put left_out "${pw_left_out%?}"
		pw_put cut "${pw_cut#,}"
	} >"$1"
	pw_last_line=
	while IFS= read -r pw_line; do pw_last_line=$pw_line; done <"$1"
	case $pw_last_line in cut=*) ;; *) return 1 ;; esac
}
