/**
 * NCCL for Java: NVIDIA's collectives between GPUs, typed and safe, over JavaCPP's CUDA presets ({@code org.bytedeco:cuda}). Of use
 * on its own: nothing here knows anything of the program around it.
 *
 * <p>What it adds to the presets: every status is looked at and an error becomes an exception with the call's name and NCCL's own
 * words; a communicator that has ended refuses calls instead of handing NCCL a freed handle, and can be aborted by any thread while
 * another is inside; groups end also after an exception; every wait has a deadline; an NCCL that is too old is refused before it
 * is called.
 *
 * <p>A rank, where {@code stream} is a CUDA stream and {@code values} and {@code sums} are device memory of n floats:
 *
 * <pre>{@code
 * UniqueId id = UniqueId.create();                   // on one rank; id.toByteArray() goes to the others
 *
 * Wait wait = Wait.atMost(Duration.ofSeconds(30));
 * try (Communicator communicator = Communicator.init(id, size, rank, CommConfig.nonBlocking())) {
 *     communicator.awaitReady(wait);                 // all ranks have come
 *
 *     StreamOperations operations = communicator.on(stream);
 *     operations.allReduce(values, sums, n, ReduceOp.SUM.of(DataType.FLOAT32));
 *     communicator.awaitReady(wait);                 // it is launched; the stream says when it is done
 *
 *     communicator.beginFinalize();
 *     communicator.awaitReady(wait);
 * }                                                  // destroyed; had it failed before, aborted
 * }</pre>
 *
 * <p>Each rank is a process, or a thread, with a device of its own (cudaSetDevice). JavaCPP finds NCCL (libnccl.so.2) in the
 * system's library path or in {@code -Dorg.bytedeco.javacpp.platform.linkpath}.
 */
@NullMarked
package io.coxswain.nccl4j;

import org.jspecify.annotations.NullMarked;
