#!/usr/bin/env node
// Prisma's CLI talks to its schema engine over JSON-RPC on standard input and output. Its native engine
// is fetched from a host that many networks cannot reach; this answers the same protocol with the
// WebAssembly engine from npm, so that `generate`, `migrate diff`, `migrate dev` and `deploy` work offline.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const CLI_ERROR_CODE = 4466;
const PRINT_ID_BASE = 1_000_000;
/** OIDs of PostgreSQL's "char" and text. */
const CHAR_OID = 18;
const TEXT_OID = 25;

const args = process.argv.slice(2);
const engineModule = await import('@prisma/schema-engine-wasm/schema_engine_bg');
const wasmFile = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
const { instance } = await WebAssembly.instantiate(readFileSync(wasmFile), {
  './schema_engine_bg.js': engineModule,
});
engineModule.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

if (args.includes('--version')) {
  console.log(`schema-engine-wasm ${engineModule.version()}`);
  process.exit(0);
}

const url = datasourceUrl();
if (args.includes('can-connect-to-database')) await connectOrExit(false);
if (args.includes('create-database')) await connectOrExit(true);
await serve();
process.exit(0);

function valuesOf(flag) {
  return args.flatMap((value, index) => (value === flag ? [args[index + 1]] : []));
}

function datasourceUrl() {
  const given = valuesOf('--datasource')[0];
  return (given === undefined ? undefined : JSON.parse(given).url) ?? process.env.DATABASE_URL;
}

async function connectOrExit(create) {
  const { default: pg } = await import('pg');
  const connect = async (connectionString) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  try {
    await (await connect(url)).end();
    process.exit(0);
  } catch (error) {
    const missing = error.code === '3D000';
    if (missing && create) {
      const target = new URL(url);
      const name = decodeURIComponent(target.pathname.slice(1));
      target.pathname = '/postgres';
      const client = await connect(target.href);
      await client.query(`create database ${client.escapeIdentifier(name)}`);
      await client.end();
      process.exit(0);
    }
    const fields = {
      message: error.message,
      is_panic: false,
      error_code: missing ? 'P1003' : 'P1001',
      meta: {},
    };
    process.stderr.write(
      `\n${JSON.stringify({ timestamp: new Date().toISOString(), level: 'ERROR', fields, target: 'schema_engine::logger' })}\n`,
    );
    process.exit(1);
  }
}

/** Both adapters' own `executeScript` are unfit for migrations (one cuts at every `;`): send the script whole. */
function sendingWholeScripts(connection, execute) {
  return Object.assign(connection, {
    executeScript: async (script) => {
      try {
        await execute(script);
      } catch (error) {
        connection.onError(error);
      }
    },
  });
}

async function shadowDatabase() {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PrismaPGlite } = await import('pglite-prisma-adapter');
  const database = new PGlite();
  return sendingWholeScripts(await new PrismaPGlite(database).connect(), (script) => database.exec(script));
}

async function adapterFactory() {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  const { default: pg } = await import('pg');
  const { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } =
    await import('@prisma/driver-adapter-utils');
  // The adapter does not know "char", and the engine wants it as a character: read it as text, and say so after.
  let charColumns = new Set();
  const addFields = pg.Result.prototype.addFields;
  pg.Result.prototype.addFields = function (fields) {
    const chars = fields.filter((field) => field.dataTypeID === CHAR_OID);
    for (const field of chars) field.dataTypeID = TEXT_OID;
    charColumns = new Set(chars.map((field) => field.name));
    return addFields.call(this, fields);
  };
  // One statement at a time is under way, so the last columns seen are those of this answer.
  const tellingCharacters = (connection) => {
    const queryRaw = connection.queryRaw.bind(connection);
    return Object.assign(connection, {
      queryRaw: async (query) => {
        const result = await queryRaw(query);
        result.columnTypes = result.columnTypes.map((type, index) =>
          charColumns.has(result.columnNames[index]) ? ColumnTypeEnum.Character : type,
        );
        return result;
      },
    });
  };
  const real = new PrismaPg({ connectionString: url });
  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: real.adapterName,
    connectToShadowDb: shadowDatabase,
    async connect() {
      const connection = await real.connect();
      try {
        await connection.underlyingDriver().query('select 1');
      } catch {
        // `generate` and `diff` between files need an engine but no server.
        return shadowDatabase();
      }
      return tellingCharacters(
        sendingWholeScripts(connection, (script) => connection.underlyingDriver().query(script)),
      );
    },
  });
}

async function serve() {
  const datamodels = valuesOf('--datamodels').map((file) => [file, readFileSync(file, 'utf8')]);
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    () => undefined,
    await adapterFactory(),
  );
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const { id, method, params } = JSON.parse(line);
    if (method === undefined) continue;
    try {
      const result =
        (await (method === 'getDatabaseVersion' ? engine.version(params) : engine[method](params))) ?? {};
      if (method === 'diff' && typeof result.stdout === 'string') {
        send({ id: PRINT_ID_BASE + id, method: 'print', params: { content: result.stdout } });
        result.stdout = null;
      }
      send({ id, result });
    } catch (error) {
      const data = {
        is_panic: false,
        message: error.message ?? String(error),
        meta: error.meta ?? null,
        error_code: error.code ?? null,
      };
      send({ id, error: { code: CLI_ERROR_CODE, message: 'error', data } });
    }
  }
}
