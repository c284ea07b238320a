// The scripts of a folded fleet, for any POSIX shell: a pod learns from its index which group it is.

import type { Carried } from './carried';

/** Indexes in one file: growth only replaces the last, and a file stays far below what a ConfigMap takes. */
export const SPAN = 200;

/** The file that every container starts with; the names of the others follow from it. */
export const RUN_FILE = 'run.sh';

/** `/bin/sh …/run.sh <script> <command> <args>`: sources the script of the pod's index, which lies beside, and becomes the command. */
export const RUN_SCRIPT = `# Tells this pod which group it is, then becomes the container's own command.
. "\${0%/*}/$1.$((JOB_COMPLETION_INDEX / ${SPAN})).sh"
shift
[ $# -gt 0 ] || { echo "cronfleet: no command to run" >&2; exit 1; }
exec "$@"
`;

/** Name of the file with the indexes from `first` on. */
export function scriptFile(script: string, first: number): string {
  return `${script}.${first / SPAN}.sh`;
}

/** Exports what the group of the pod's index is told; a line for each group. */
export function groupScript(lines: readonly string[]): string {
  return [
    'case $JOB_COMPLETION_INDEX in',
    ...lines,
    '*) echo "cronfleet: no group has the index $JOB_COMPLETION_INDEX" >&2; exit 1 ;;',
    'esac',
    '',
  ].join('\n');
}

/** The line of a group. */
export function groupLine(index: number, variables: readonly Carried[]): string {
  const exports = variables.map(({ name, parts }) => ` ${name}=${word(parts)}`);
  return `${index}) export${exports.join('')} ;;`;
}

/** The line of an index whose group is gone: its pod has nothing to do, and succeeds. */
export function goneLine(index: number): string {
  return `${index}) exit 0 ;; # group ${index + 1} is gone`;
}

/** One word of a shell, whatever stands in it. */
function word(parts: Carried['parts']): string {
  // In double quotes only where variables stand in it: nothing but the quote itself is special in single ones.
  if (parts.every((part) => 'text' in part)) {
    const text = parts.map((part) => ('text' in part ? part.text : '')).join('');
    return `'${text.replaceAll("'", `'\\''`)}'`;
  }
  const inner = parts.map((part) => ('text' in part ? part.text.replace(/[\\"$`]/g, '\\$&') : `\${${part.name}}`));
  return `"${inner.join('')}"`;
}
