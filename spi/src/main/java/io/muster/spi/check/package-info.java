/// What a kind of health check implements.
///
/// [CheckProvider] is found by its name and reads the keys of one entry of `health_checks`,
/// [CheckSetup] opens it for a member, [Check] probes one target at a time when it is told to.
/// When, how often, and what a failure means (`every`, `timeout`, `rise`, `fall`, `severity`) is
/// not its business.
@NullMarked
package io.muster.spi.check;

import org.jspecify.annotations.NullMarked;
