package example;

import io.coxswain.worker.Batch;
import io.coxswain.worker.DataParallelWorker;
import io.coxswain.worker.RankGroup;
import io.coxswain.worker.RankProgram;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.step.AgreedStep;

/** Each rank has the numbers 0 to 99; all of them together sum them up, a few in each step. */
public final class OwnWorker implements RankProgram {

    private RankGroup group;
    private DeviceBuffer cell;
    private int numbersDone;
    private float sumOfStep;
    private float total;

    public static void main(String[] args) throws Exception {
        OwnWorker worker = new OwnWorker();
        DataParallelWorker.run(System.getenv(), worker);
        System.out.println("total " + worker.total);
    }

    @Override
    public void begin(RankGroup next) {
        group = next;
        cell = cell == null ? next.device().allocate(Float.BYTES) : cell;
    }

    @Override
    public Batch next() {
        int count = Math.min(8, 100 - numbersDone);
        return count == 0 ? Batch.FINISHED : Batch.of(count, count);
    }

    @Override
    public void run(AgreedStep step, Batch batch) {
        float[] sum = new float[1];
        for (int i = 0; i < batch.tokens(); i++) {
            sum[0] += numbersDone + i;
        }
        group.device().upload(sum, 0, cell.view(0, Float.BYTES));
        group.communicator().allReduceSum(cell.view(0, Float.BYTES));
        group.device().download(cell.view(0, Float.BYTES), sum, 0);
        sumOfStep = sum[0];
    }

    @Override
    public void done(AgreedStep step, Batch batch) {
        numbersDone += batch.tokens();
        total += sumOfStep;
    }
}
