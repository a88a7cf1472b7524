/**
 * What single modalities of records came to, kept beside the output: of a record of which one
 * modality has changed, that one alone is decoded and encoded.
 *
 * <pre>
 *   driver   RootStore: files of a folder -> RootIndex (newest root of each record and modality) -> sent to the tasks
 *   task     RootReader: (id, modality, content hash) -> ModalityRoot, or none
 *            RootWriter: ModalityRoot -> portions, each with its index at its end
 *   driver   RootStore.tidy: superseded roots and those of ids that are gone go, small portions become one
 * </pre>
 *
 * <p>Law: a root is a function of the model, the recipe and the modality's content, which is its
 * key; a record that is made of kept roots has the bits of one that is encoded whole. The files are
 * a cache: each can go at any time.
 *
 * <p>Failure modes: a portion that is cut has no index and is taken away; a root whose checksum is
 * wrong is computed anew and counted; what can't be written is told once per task, which goes on.
 * None of it changes or fails a run.
 *
 * <p>An example:
 *
 * <pre>{@code
 * org.apache.hadoop.fs.Path runs = new org.apache.hadoop.fs.Path("out/demo.runs");
 * String name = tributary.spark.roots.RootStore.folder(runs).getName(); // demo.roots
 * }</pre>
 */
@NullMarked
package tributary.spark.roots;

import org.jspecify.annotations.NullMarked;
