import { GOOD_REVISION, logData, MAX_LOG_LENGTH, suspectsData } from './ci-log.js';
import { optional } from './prompt-arguments.js';
import { type PromptData } from './prompt-text.js';
import { type PromptRecipe } from './repository.prompt.js';

export const GITHUB_ACTIONS_FAILURE_ANALYSIS: PromptRecipe = {
  name: 'github_actions_failure_analysis',
  title: 'Analyse a failed CI run',
  description:
    'What failed in a run of GitHub Actions or another CI, and what to change. Takes the log; reads the workflow, the commits and changes that may have broken it.',
  arguments: [
    {
      name: 'failure_logs',
      description: 'The log of the failed job; its end is what is shown where it is long',
      required: true,
      maxLength: MAX_LOG_LENGTH,
    },
    optional('workflow_file', 'Path of the workflow in the repository: .github/workflows/ci.yml', {
      completes: 'path',
    }),
    optional('changed_files', 'Files that you suspect'),
    GOOD_REVISION,
  ],
  wishes: ['workflow_file', 'changed_files'],
  task: `Analyse why a run of continuous integration failed.

- Name the step that failed first and quote the lines of the log that show it; what failed after it may only be a consequence.
- Say of which kind the failure is: the change itself, a test that is not reliable, a dependency, the workflow's configuration, credentials and permissions, or the machine; and how sure you are.
- Say which of the commits and files shown is the likely cause, or that none of them is.
- Give the change that mends it, as a patch where the data suffices, and what to run to see that it works.
- Where the log does not hold the failure (it may be cut), say what to fetch.`,
  conclusion: 'Analyse the failed run.',
  async gather(facts, given) {
    const { failure_logs: log = '', workflow_file: path } = given;
    const workflow = path === undefined ? undefined : await facts.file(path);
    return [
      logData('log of the failed run', log, 'the log is empty.'),
      workflowData(path, workflow),
      ...(await suspectsData(facts, log, given['good_revision'])),
    ];
  },
};

function workflowData(path: string | undefined, text = ''): PromptData {
  const empty = path === undefined ? 'it was not named.' : 'HEAD has no such text file.';
  return { title: 'the workflow, as HEAD has it', text, empty };
}
