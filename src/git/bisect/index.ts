import { BisectFinder } from './bisect.finder.js';
import { BisectSearch } from './bisect.search.js';
import { BisectStepper } from './bisect.stepper.js';
import { Bisector } from './bisector.js';

/** They need the writers and the linked work trees. */
export const BISECT_SERVICES = [BisectFinder, BisectSearch, BisectStepper, Bisector];
