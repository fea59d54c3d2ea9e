using System.Net;
using CsCheck;
using Postfleet.Frontend.Intake;
using Xunit;

namespace Postfleet.Frontend.Tests.Intake;

public sealed class BodyMemoryTests
{
    private const int Step = BodyMemory.FirstStep;

    [Fact]
    public async Task The_first_block_is_free_and_steps_double_up_to_the_limit()
    {
        var memory = new BodyMemory(100 * Step, 10 * Step);
        using var account = memory.Open(8 * Step);
        Assert.Equal(BodyMemory.FreeBlock, account.Octets);
        await account.GrowAsync(default);
        Assert.Equal(BodyMemory.FreeBlock + Step, account.Octets);
        await account.GrowAsync(default);
        Assert.Equal(BodyMemory.FreeBlock + 2 * Step, account.Octets);
        await account.GrowAsync(default);
        Assert.Equal(BodyMemory.FreeBlock + 4 * Step, account.Octets);
        await account.GrowAsync(default);
        Assert.Equal(8 * Step, account.Octets);
        await account.GrowAsync(default);
        Assert.Equal(8 * Step, account.Octets);
        Assert.Equal(90 * Step - 8 * Step + BodyMemory.FreeBlock, memory.Free);
        account.Dispose();
        account.Dispose();
        Assert.Equal(90 * Step, memory.Free);
    }

    [Fact]
    public async Task The_first_waiting_message_gets_the_spare_and_the_others_wait_in_order()
    {
        // The spare alone.
        var memory = new BodyMemory(0, 4 * Step);
        var accounts = Enumerable.Range(0, 3).Select(_ => memory.Open(4 * Step)).ToArray();
        var grown = accounts.Select(account => account.GrowAsync(default).AsTask()).ToArray();
        Assert.True(grown[0].IsCompletedSuccessfully);
        Assert.Equal(4 * Step, accounts[0].Octets);
        Assert.False(grown[1].IsCompleted);
        accounts[0].Dispose();
        await grown[1];
        Assert.False(grown[2].IsCompleted);
        accounts[1].Dispose();
        await grown[2];
    }

    [Fact]
    public async Task A_small_request_does_not_overtake_a_large_request()
    {
        var memory = new BodyMemory(8 * Step, 4 * Step);
        using var spare = memory.Open(4 * Step);
        var hog = memory.Open(4 * Step + BodyMemory.FreeBlock - 1);
        for (var i = 0; i < 3; i++) await hog.GrowAsync(default);
        await spare.GrowAsync(default);
        // As much as the small request needs.
        Assert.Equal(1, memory.Free);
        var first = memory.Open(4 * Step);
        var second = memory.Open(BodyMemory.FreeBlock + 1);
        var waiting = first.GrowAsync(default).AsTask();
        var last = second.GrowAsync(default).AsTask();
        Assert.Equal(2, memory.Waiting);
        Assert.False(last.IsCompleted);
        hog.Dispose();
        await waiting;
        await last;
    }

    [Fact]
    public async Task A_cancelled_wait_does_not_block_others()
    {
        var memory = new BodyMemory(0, 4 * Step);
        var holder = memory.Open(4 * Step);
        await holder.GrowAsync(default);
        using var cancel = new CancellationTokenSource();
        var first = memory.Open(4 * Step).GrowAsync(cancel.Token).AsTask();
        var second = memory.Open(4 * Step).GrowAsync(default).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(1, memory.Waiting);
        holder.Dispose();
        await second;
        Assert.Equal(0, memory.Waiting);
    }

    [Fact]
    public async Task An_address_over_its_share_waits_while_others_are_served()
    {
        var memory = new BodyMemory(40 * Step, 8 * Step);
        var greedy = IPAddress.Parse("192.0.2.1");
        var held = new List<BodyMemory.Account>();
        Task? waiting = null;
        while (waiting is null && held.Count < 100)
        {
            var account = memory.Open(4 * Step, greedy);
            held.Add(account);
            var growing = account.GrowAsync(default).AsTask();
            if (!growing.IsCompleted) waiting = growing;
        }

        // A quarter of the capacity, in steps.
        Assert.Equal(11, held.Count);
        Assert.Equal(22 * Step, memory.Free);
        var other = memory.Open(4 * Step, IPAddress.Parse("198.51.100.1"));
        await other.GrowAsync(default);
        var trusted = memory.Open(4 * Step);
        await trusted.GrowAsync(default);
        Assert.False(waiting!.IsCompleted);
        held[0].Dispose();
        await waiting;
    }

    [Fact]
    public async Task Addresses_of_one_network_share_its_half()
    {
        var memory = new BodyMemory(40 * Step, 4 * Step);
        var granted = 0;
        for (var i = 1; i <= 40; i++)
            if (memory.Open(4 * Step, IPAddress.Parse($"192.0.2.{i}")).GrowAsync(default).AsTask().IsCompleted) granted++;

        Assert.Equal(20, granted);
        await memory.Open(4 * Step, IPAddress.Parse("192.0.3.1")).GrowAsync(default);
    }

    [Fact]
    public void An_envelope_never_waits()
    {
        var memory = new BodyMemory(8 * Step, 7 * Step);
        using var lease = memory.OpenLease(null);
        Assert.True(lease.TryTake(16 * 1024));
        Assert.Equal(Step, memory.Free);
        Assert.True(lease.TryTake(1));
        Assert.True(memory.Free < Step);
        Assert.False(lease.TryTake(Step));
        lease.Dispose();
        Assert.Equal(Step, memory.Free);
    }

    // Property: for sessions that reserve memory in steps, in any order and with any cancellations, every other session ends and the
    // capacity is never exceeded.
    [Fact]
    public void Every_waiting_session_is_served_at_last() =>
        Gen.Select(Gen.Int[0, 12], Gen.Int[1, 8].Array[1, 12], Gen.Int[0, int.MaxValue], Gen.Bool.Array[12])
            .Sample((free, needs, seed, givesUp) =>
        {
            const int Max = 8 * Step;
            var memory = new BodyMemory(Max + (long)free * Step, Max);
            var random = new Random(seed);
            var sessions = needs.Select((need, i) => new Sender(memory.Open(need * Step), givesUp[i])).ToList();
            for (var moves = 0; sessions.Count > 0; moves++)
            {
                Assert.True(moves < 1000, "the sessions do not come to an end");
                var able = sessions.Where(session => session.CanMove).ToList();
                Assert.True(able.Count > 0, "everybody waits");
                var session = able[random.Next(able.Count)];
                if (session.Move()) sessions.Remove(session);
                Assert.InRange(sessions.Sum(other => other.Held), 0, Max + (long)free * Step + sessions.Count * (long)BodyMemory.FreeBlock);
            }

            Assert.Equal(0, memory.Waiting);
            Assert.Equal((long)free * Step, memory.Free);
        });

    private sealed class Sender(BodyMemory.Account account, bool givesUp)
    {
        private readonly CancellationTokenSource _cancel = new();
        private Task _growing = Task.CompletedTask;
        private long _octets;

        // A waiting session can only cancel.
        public bool CanMove => account.Octets > _octets || givesUp;

        public long Held => account.Octets;

        // Whether the session is over.
        public bool Move()
        {
            if (account.Octets == _octets)
            {
                _cancel.Cancel();
                account.Dispose();
                return true;
            }

            _octets = account.Octets;
            _growing = account.GrowAsync(_cancel.Token).AsTask();
            if (account.Octets > _octets || !_growing.IsCompleted) return false;
            account.Dispose();
            return true;
        }
    }
}
