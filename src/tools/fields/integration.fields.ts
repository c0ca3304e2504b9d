import { ChoiceField, CountField } from './field.decorators.js';

export const FAVORS = ['ours', 'theirs'] as const;

export const FavorField = (description: string) => ChoiceField(description, FAVORS);

export const MainlineField = () =>
  CountField('For merges: the number of the parent, from 1, that the change is seen from', 1, 100);
