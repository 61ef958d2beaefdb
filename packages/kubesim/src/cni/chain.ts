import { bridgePlugin } from './bridge.ts';
import { flannelPlugin } from './flannel.ts';
import { isRecord, notInstalled, textOf } from './plugin.ts';
import type { CniPlugin, PluginConfig, PluginContext, PluginOutcome, PluginResult } from './plugin.ts';
import { portmapPlugin } from './portmap.ts';
import { ptpPlugin } from './ptp.ts';

/** What lies in /opt/cni/bin. */
const INSTALLED_PLUGINS: ReadonlyMap<string, CniPlugin> = new Map([
  ['bridge', bridgePlugin],
  ['flannel', flannelPlugin],
  ['portmap', portmapPlugin],
  ['ptp', ptpPlugin],
]);

/** A network configuration list (CNI specification 1.1, section 1). */
export interface ConfigList {
  readonly name: string;
  readonly cniVersion: string;
  readonly plugins: readonly PluginConfig[];
}

/** undefined when the text is no configuration list. */
export function parseConfigList(text: string): ConfigList | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const name = textOf(value, 'name');
  const cniVersion = textOf(value, 'cniVersion');
  const plugins = value['plugins'];
  if (name === undefined || cniVersion === undefined || !Array.isArray(plugins) || plugins.length === 0)
    return undefined;
  const parsed = (plugins as readonly unknown[]).flatMap((plugin): readonly PluginConfig[] => {
    const type = isRecord(plugin) ? textOf(plugin, 'type') : undefined;
    // CNI3: the list's name and version override each plugin's.
    return isRecord(plugin) && type !== undefined ? [{ ...plugin, type, name, cniVersion }] : [];
  });
  return parsed.length === plugins.length ? { name, cniVersion, plugins: parsed } : undefined;
}

/** CNI1: ADD in order, each plugin given the result of the one before. CNI2: the first failure stops the chain, and DEL follows. */
export function runAdd(
  context: PluginContext,
  list: ConfigList,
  installed: ReadonlyMap<string, CniPlugin> = INSTALLED_PLUGINS,
): PluginOutcome {
  let previous: PluginResult | undefined;
  for (const config of list.plugins) {
    const plugin = installed.get(config.type);
    const outcome: PluginOutcome =
      plugin === undefined
        ? { ok: false, message: notInstalled(config.type) }
        : plugin.add(context, config, previous);
    if (!outcome.ok) {
      runDel(context, list, installed);
      return {
        ok: false,
        message:
          plugin === undefined
            ? outcome.message
            : `plugin type="${config.type}" failed (add): ${outcome.message}`,
      };
    }
    previous = outcome.result;
  }
  return previous === undefined
    ? { ok: false, message: 'the configuration list has no plugins' }
    : { ok: true, result: previous };
}

/** CNI1: DEL in reverse order, through every plugin of the list. */
export function runDel(
  context: PluginContext,
  list: ConfigList,
  installed: ReadonlyMap<string, CniPlugin> = INSTALLED_PLUGINS,
): void {
  for (const config of list.plugins.toReversed()) installed.get(config.type)?.del(context, config);
}
