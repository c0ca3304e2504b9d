import { register } from 'node:module';

/**
 * Lets the conformance suite start on Node 20: `node --import ./scripts/conformance-node20.mjs .../dist/index.js`.
 *
 * It imports `globSync` from `fs`, which came with Node 22, and needs it only for a command that is not used here.
 */
const hook = `
  const SUITES = /node_modules\\/(@modelcontextprotocol\\/conformance|conformance-next)\\/dist\\/[^/]+\\.js$/;
  const NAME = /\\bglobSync(?: as ([\\w$]+))?,?/;
  const FROM_FS = /import\\{[^}]*\\bglobSync\\b[^}]*\\}from"(?:node:)?fs";/;

  export async function load(url, context, nextLoad) {
    const loaded = await nextLoad(url, context);
    if (!SUITES.test(url) || loaded.format !== 'module') return loaded;
    return { ...loaded, source: withoutGlob(String(loaded.source)) };
  }

  function withoutGlob(source) {
    const [statement] = FROM_FS.exec(source) ?? [];
    if (statement === undefined) return source;
    const name = NAME.exec(statement)[1] ?? 'globSync';
    const missing = 'const ' + name + '=()=>{throw new Error("this command of the suite needs Node 22")};';
    return source.replace(statement, () => statement.replace(NAME, '') + missing);
  }
`;

register(`data:text/javascript,${encodeURIComponent(hook)}`);
