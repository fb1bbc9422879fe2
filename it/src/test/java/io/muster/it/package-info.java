/// Real members as processes, real npm clients, real kills; histories are recorded and judged.
///
/// Nothing here sleeps to be right: tests wait on conditions with a deadline ([Eventually]). Every
/// process started is ended by its own handle. The package is not null-marked: fixtures are made
/// by the test framework's life cycle.
package io.muster.it;
