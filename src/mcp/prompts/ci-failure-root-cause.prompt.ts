import { GOOD_REVISION, logData, MAX_LOG_LENGTH, suspectsData } from './ci-log.js';
import { optional } from './prompt-arguments.js';
import { type PromptRecipe } from './repository.prompt.js';

export const CI_FAILURE_ROOT_CAUSE: PromptRecipe = {
  name: 'ci_failure_root_cause',
  title: 'Find the root cause of an error',
  description:
    'Traces one error to the change that caused it. Takes the message and the stack trace; reads the commits and changes that may have caused it.',
  arguments: [
    {
      name: 'error_message',
      description: 'The error, as the log has it',
      required: true,
      maxLength: MAX_LOG_LENGTH,
    },
    optional('stack_trace', 'The stack trace, or the part of the log around the error', {
      maxLength: MAX_LOG_LENGTH,
    }),
    optional('environment_info', 'Where it happens: system, versions, settings; and where it does not', {
      maxLength: 16_384,
    }),
    GOOD_REVISION,
  ],
  wishes: [],
  task: `Find the root cause of an error.

- Retell what happened from the error backwards: what failed, what called it with what, which assumption did not hold.
- Name the commit, the file and the line that broke the assumption, if the data shows it. A file that a commit changed and the log names is a lead, not a proof.
- Tell the root cause from what merely let it show (a new version of a tool, another order of tests, load).
- Propose the smallest change that removes the cause, and a test that fails without it.
- Where the data leaves several causes, order them by likelihood and give for each the check that would confirm or refute it. Do not guess beyond the data.`,
  conclusion: 'Find the root cause.',
  async gather(facts, given) {
    const { error_message: error = '', stack_trace: trace = '', environment_info: environment } = given;
    return [
      logData('the error', error, 'no error was given.'),
      logData('stack trace', trace, 'none was given.'),
      logData('environment', environment, 'nothing was said about it.'),
      ...(await suspectsData(facts, `${error}\n${trace}`, given['good_revision'])),
    ];
  },
};
