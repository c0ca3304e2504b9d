// Where the server's time goes under the load of bench/mcp.mjs, eight calls in flight: a table of microseconds of its
// event loop for a call, by what they are spent on, and of processor of what works beside it.
//
//   npm run build && node bench/profile.mjs TOOL [HTTP | stdio | WebSocket] [kept | none] [files]
//
// The report (`npm run bench`) has these tables of the rows that are missed.
import { profilesOf } from './support/load-profile.mjs';
import { profileTable } from './support/profile-text.mjs';

const [tool = 'git_show', door = 'HTTP', answers = 'none', files = '1000'] = process.argv.slice(2);
console.log(profileTable(await profilesOf([{ tool, door, kept: answers === 'kept', files: Number(files) }])));
