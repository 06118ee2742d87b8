# poudriere's hook for builds as a whole: `bulk.sh start`, `bulk.sh done BUILT FAILED IGNORED SKIPPED FETCHED`,
# `bulk.sh crashed`. Run by /bin/sh; anything but exit 0 would end the build.
exec </dev/null >/dev/null 2>&1
trap 'exit 0' EXIT
pw_library=${0%/*}
[ -r "$pw_library/hook_common.sh" ] || pw_library=/usr/local/share/portwright/hooks/dsynth
[ -r "$pw_library/hook_common.sh" ] || exit 0
. "$pw_library/hook_common.sh"
. "${0%/*}/hook_poudriere.sh"
pw_open "${0%/*}"
pw_rare || exit 0
. "$pw_library/hook_run.sh"
case ${1-} in
start) pw_run_start ;;
done)
	PORTS_BUILT=${2-} PORTS_FAILED=${3-} PORTS_IGNORED=${4-} PORTS_SKIPPED=${5-}
	pw_run_end
	;;
crashed) pw_run_end ;;
esac
