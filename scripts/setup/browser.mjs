import { existsSync } from 'node:fs';
import { root } from './install.mjs';
import { step } from './steps.mjs';

const SYSTEM_CHROMIUM = '/usr/bin/chromium';

/**
 * Finds a Chromium for the browser tests, or installs one: Debian's where this is Debian and we are
 * root, Playwright's own elsewhere.
 *
 * @returns {Promise<string | undefined>} its path, or undefined for Playwright's own.
 */
export async function findOrInstallBrowser() {
  const chosen = process.env.CHROMIUM;
  if (chosen) return chosen;
  if (existsSync(SYSTEM_CHROMIUM)) return SYSTEM_CHROMIUM;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await step('Updating the list of packages', 'apt-get', ['update', '-q'], { cwd: root, env });
    await step('Installing Chromium', 'apt-get', ['install', '-y', '-q', 'chromium', 'fonts-noto-core'], {
      cwd: root,
      env,
      hint: 'once',
    });
    return SYSTEM_CHROMIUM;
  }
  await step('Installing Chromium', 'npx', ['playwright', 'install', 'chromium'], {
    cwd: root,
    hint: 'once',
  });
  return undefined;
}
