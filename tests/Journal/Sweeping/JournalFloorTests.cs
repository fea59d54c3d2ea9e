using CsCheck;
using Postfleet.Journal.Common;
using Xunit;

namespace Postfleet.Journal.Tests.Sweeping;

public sealed class JournalFloorTests
{
    [Fact]
    public void Floor_is_above_its_number_by_at_most_a_step() => Gen.Long[0, long.MaxValue / 2].Sample(number =>
    {
        var floor = JournalFloor.Above(number);
        Assert.InRange(floor, number + 1, number + JournalFloor.Step);
        Assert.Equal(0, floor % JournalFloor.Step);
    });

    [Fact]
    public void Queues_above_a_floor_raise_it_once_in_any_order_of_sweeping() =>
        Gen.Long[1, JournalFloor.Step - 1].Array[1, 50].Sample(written =>
        {
            var (first, floor, raised) = (JournalFloor.Step, JournalFloor.Step, 0);
            foreach (var number in written.Select(rows => first + rows))
            {
                if (number <= floor) continue;
                floor = JournalFloor.Above(number);
                raised++;
            }

            Assert.Equal(1, raised);
        });
}
