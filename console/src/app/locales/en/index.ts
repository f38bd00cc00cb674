// Every key that there is.

import places from "./places";
import shell from "./shell.json";

export type English = typeof shell & typeof places;
