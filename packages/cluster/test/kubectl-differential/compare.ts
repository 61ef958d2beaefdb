import type { KubectlRun } from '../../../kubesim/test/real-kubectl.ts';

/** klog's head: month, day, time, thread. */
const KLOG_HEAD = /^([IWEF])\d{4} [\d:.]+ +\d+ (\S+\.go:)\d+\]/gm;
/** A duration as a column of its own, or as `AGE (x3 over AGE)`. */
const AGE = /(?<=\s)(?:\d+[smhdy])+(?=\s|\)|$)/gm;
/** Tables of `describe` and `events` whose ages the real client reckons by the wall clock, ours by the virtual one. */
const AGED_TABLE =
  /^(?:Events:|LAST SEEN|NAMESPACE +LAST SEEN|Non-terminated Pods:)[^]*?(?=^Allocated|^\S+: {2,}|$(?![^]))/gm;

/** Temporary directories of `kubectl diff`, and when their files were written. */
const DIFF_DIRECTORY = /\/tmp\/(LIVE|MERGED)-\d+/g;
const DIFF_TIME = /^((?:---|\+\+\+) \S+)\t.*$/gm;

/** When a server of the real client's answered. */
const HTTP_DATE = /^Date: .*$/gm;
/** Local ports that the system draws, and their connections. */
const LOCAL_PORT = /(?<=127\.0\.0\.1:|Handling connection for |an error occurred forwarding )\d+/g;
/** Suffixes that the client draws. */
const DRAWN_SUFFIX = /(?<=\bdebugger-|\bnode-debugger-\S+-)[a-z0-9]{5}\b/g;

/** The text with what can't be the same taken out. */
export function comparable(text: string): string {
  return text
    .replaceAll('https://172.18.0.2:6443', 'SERVER')
    .replace(HTTP_DATE, 'Date: NOW')
    .replace(LOCAL_PORT, 'PORT')
    .replace(DRAWN_SUFFIX, 'DRAWN')
    .replace(DIFF_DIRECTORY, '/tmp/$1')
    .replace(DIFF_TIME, '$1')
    .replace(KLOG_HEAD, '$1 $2')
    .replace(AGED_TABLE, (table) => table.replace(AGE, 'AGE').replace(/[ -]{2,}/g, '  '));
}

export function shown(run: KubectlRun): string {
  return `exit code ${run.code}\n--- stdout\n${comparable(run.stdout)}--- stderr\n${comparable(run.stderr)}`;
}
