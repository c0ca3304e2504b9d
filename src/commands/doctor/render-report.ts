import {
  type Cure,
  type DiagnosisReport,
  type Finding,
  SECTIONS,
  type Verdict,
} from '../../diagnostics/finding.js';

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', warning: '⚠', failed: '✗' };
const COLOURS: Readonly<Record<Verdict, number>> = { ok: 32, warning: 33, failed: 31 };

/** For people: section by section, each finding in a line, with cause and cures where something is wrong. */
export function renderReport({ findings, verdict }: DiagnosisReport, coloured: boolean): string {
  const paint = (of: Verdict, text: string) => (coloured ? `\u001B[${COLOURS[of]}m${text}\u001B[0m` : text);
  const blocks = SECTIONS.flatMap((section) => {
    const own = findings.filter((finding) => finding.section === section);
    if (own.length === 0) return [];
    return [[section, ...own.flatMap((finding) => lines(finding, paint))].join('\n')];
  });
  const count = (of: Verdict) => findings.filter((finding) => finding.verdict === of).length;
  const total = `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`;
  return `${blocks.join('\n\n')}\n\n${paint(verdict, `${MARKS[verdict]} ${total}`)}\n`;
}

function lines(
  { check, verdict, summary, cause, cures = [] }: Finding,
  paint: (of: Verdict, text: string) => string,
): string[] {
  return [
    `  ${paint(verdict, MARKS[verdict])} ${check}: ${summary}`,
    ...(cause === undefined ? [] : [`      cause: ${cause}`]),
    ...cures.map((cure) => `      cure:  ${cureText(cure)}`),
  ];
}

function cureText({ what, setting, command, call }: Cure): string {
  if (command !== undefined) return `${what}: ${command}`;
  if (setting !== undefined) return `${what}: --set ${setting}`;
  return call === undefined ? what : `${what}: ${call.method} ${call.path}`;
}
