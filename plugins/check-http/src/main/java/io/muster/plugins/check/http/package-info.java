/// Checks by connecting: `tcp`, `http`, `websocket`, `grpc`.
///
/// A provider reads keys into a setup, the setup opens a check with a dialer, and each probe is a
/// conversation on the shared event loop. What an answer must look like is decided by small values
/// ([StatusSet], [JsonMatch], regular expressions of linear time), never by the target.
@NullMarked
package io.muster.plugins.check.http;

import org.jspecify.annotations.NullMarked;
