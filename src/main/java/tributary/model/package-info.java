/**
 * Model files: config.json and model.safetensors in one directory, known by the SHA-256 of both.
 */
@NullMarked
package tributary.model;

import org.jspecify.annotations.NullMarked;
