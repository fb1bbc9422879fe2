/// Tests of the `muster` command: what it prints and how it ends.
package io.muster.cli;
