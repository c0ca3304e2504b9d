/** The same under the name that tests of changes know it by. */
export { ToolBench as RepositoryTools } from './tool-bench.js';
