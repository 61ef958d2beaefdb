const FILE =
  /^([a-z0-9][a-z0-9-]*)\/(?:([a-z0-9][a-z0-9-]*)\/lab|([a-z0-9][a-z0-9-]*))(?:\.([a-z]{2,3}(?:-[A-Z]{2})?))?\.md$/;
const PAGE = /^(?:\/[a-z]{2,3}(?:-[A-Z]{2})?)?\/(?:learn\/([a-z0-9-]+)\/([a-z0-9-]+)|lab\/([a-z0-9-]+))$/;

/** Where a link leads, as seen from the file that has it: a path in the course, or undefined when it leads out of it. */
export function resolvePath(file: string, target: string): string | undefined {
  const steps = file.split('/').slice(0, -1);
  for (const step of decoded(target).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.join('/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Authors link to files, which leads somewhere on GitHub and in editors; readers of the site get its pages. */
export function siteAddress(url: string, file: string): string {
  const [, target = '', rest = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  if (!target.endsWith('.md') || /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(target)) return url;
  const [, chapter, lab, lesson, locale] = FILE.exec(resolvePath(file, target) ?? '') ?? [];
  if (chapter === undefined) return url;
  const page = lab === undefined ? `learn/${chapter}/${lesson ?? ''}` : `lab/${lab}`;
  return `${locale === undefined ? '' : `/${locale}`}/${page}${rest}`;
}

/** What to write for the address of a page; undefined for what is no page of a course. */
export function fileAddress(url: string, file: string): string | undefined {
  const [, chapter, lesson, lab] = PAGE.exec(url.split(/[?#]/)[0] ?? '') ?? [];
  const up = '../'.repeat(file.split('/').length - 1);
  if (lab !== undefined) return `${up}<chapter>/${lab}/lab.md`;
  return chapter === undefined ? undefined : `${up}${chapter}/${lesson ?? ''}.md`;
}
