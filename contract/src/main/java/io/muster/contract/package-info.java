/// What every provider must do, as tests. Whoever writes one extends them in a module of their own;
/// our own providers do the same.
///
/// Two habits: a contract knows nothing but the interface, so that it says the same of every
/// provider, and its failure names the promise that was broken. No part of a running member.
@NullMarked
package io.muster.contract;

import org.jspecify.annotations.NullMarked;
