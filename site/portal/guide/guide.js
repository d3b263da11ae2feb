// The operation manual, as the insurer that this browser knows has it.

import { recall } from '/assets/insurer.js';

recall();
