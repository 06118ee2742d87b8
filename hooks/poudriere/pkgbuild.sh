# poudriere's hook for ports: `pkgbuild.sh success ORIGIN PKGNAME`, `failed ORIGIN PKGNAME PHASE LOGFILE`,
# `ignored ORIGIN PKGNAME REASON`, `skipped ORIGIN PKGNAME DEPENDENCY`. Run by /bin/sh in the builder's own process;
# anything but exit 0 would end the build.
exec </dev/null >/dev/null 2>&1
trap 'exit 0' EXIT
pw_library=${0%/*}
[ -r "$pw_library/hook_common.sh" ] || pw_library=/usr/local/share/portwright/hooks/dsynth
[ -r "$pw_library/hook_common.sh" ] || exit 0
. "$pw_library/hook_common.sh"
. "${0%/*}/hook_poudriere.sh"
pw_open "${0%/*}"
case ${1-} in
success) pw_built_or_not success built "${2-}" "${3-}" ;;
ignored) pw_built_or_not ignored ignored "${2-}" "${3-}" ;;
skipped) pw_built_or_not skipped skipped "${2-}" "${3-}" ;;
failed)
	pw_take_port failure failed "${2-}" "${3-}"
	pw_told_phase=${4-}
	pw_rare || exit 0
	. "$pw_library/hook_bundle.sh"
	pw_port_failure
	;;
esac
