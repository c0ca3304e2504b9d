import { ChoiceField } from './field.decorators.js';

const OPERATIONS = ['merge', 'rebase', 'cherry-pick', 'revert', 'stash'] as const;

export const SequencerOperationField = () =>
  ChoiceField('Which operation; git_status says which one is in progress', OPERATIONS);
