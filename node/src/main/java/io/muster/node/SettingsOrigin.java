package io.muster.node;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// Where a member's settings come from.
///
/// @param file empty where there is none
/// @param anew reads them again, when an operator asks for it; fails as reading does
public record SettingsOrigin(Optional<Path> file, Supplier<MusterSettings> anew) {}
