/// What a kind of action implements: what a trigger does when its event has happened.
///
/// [ActionProvider] is found by its name and reads the keys of one entry of `do`, [ActionSetup]
/// opens it for a member, [Action] is run once per firing. When, where, how often and what happens
/// after a failure (`run`, `queue`, `throttle`, `timeout`, `retries`) is not its business.
@NullMarked
package io.muster.spi.action;

import org.jspecify.annotations.NullMarked;
