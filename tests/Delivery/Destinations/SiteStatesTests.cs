using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>The rows of what destinations have learned: read and written beside the mail, whatever the storage does.</summary>
public sealed class SiteStatesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly Store _store = new();
    private readonly SiteStates _states;

    public SiteStatesTests() => _states = new SiteStates(_store, _time, _log);

    [Fact]
    public async Task Rows_wait_for_a_storage_that_is_away()
    {
        _store.Fault = new SpoolUnavailableException("away");
        _states.Save(Row("a", "destination"), isRemoved: false);
        await Eventually.True(() => _store.Writes > 0, Limit, "the first try");
        // A destination that starts on this node finds its own row all the same.
        Assert.Equal("destination", Assert.Single(await _states.ReadAsync(new DestinationId("a"))).Scope);
        Assert.Empty(await _states.ReadAsync(new DestinationId("b")));
        _store.Fault = null;
        await UntilAsync(() => _store.Rows.Count == 1);
    }

    [Fact]
    public async Task A_fault_ends_neither_the_reads_nor_the_writes()
    {
        _store.Fault = new InvalidOperationException("a fault of the program");
        _states.Save(Row("a", "destination"), isRemoved: false);
        await Eventually.True(() => Logged("site states lost"), Limit, "the log says that the row is lost");
        Assert.Empty(await _states.ReadAsync(new DestinationId("a")));
        Assert.True(Logged("site state unread"));

        _store.Fault = null;
        _states.Save(Row("b", "destination"), isRemoved: false);
        await Eventually.True(() => _store.Rows.Count == 1, Limit, "the next row is written");
        Assert.Single(await _states.ReadAsync(new DestinationId("b")));
    }

    [Fact]
    public async Task A_storage_that_never_answers_delays_a_destination_for_a_while_alone()
    {
        _store.Gate = new TaskCompletionSource().Task;
        var read = _states.ReadAsync(new DestinationId("a"));
        await Eventually.Done(read, () => _time.Advance(TimeSpan.FromSeconds(1)), "the destination goes on");
        Assert.Empty(await read);
        Assert.True(Logged("site state unread"));
    }

    private static SiteState Row(string destination, string scope) =>
        new(new DestinationId(destination), scope) { Rule = "rule", Factor = 0.5, Reply = "421 later" };

    private bool Logged(string name) => _log.Lines.Any(line => line.Name == name);

    private Task UntilAsync(Func<bool> condition) => Eventually.True(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        Limit, "the storage has the row");

    private sealed class Store : ISiteStateStore
    {
        private readonly Lock _lock = new();

        public Exception? Fault { get; set; }

        public Task Gate { get; set; } = Task.CompletedTask;

        public int Writes { get; private set; }

        public List<SiteState> Rows { get; } = [];

        public async ValueTask<IReadOnlyList<SiteState>> ReadAsync(
            IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken)
        {
            await Gate;
            if (Fault is { } fault) throw fault;
            lock (_lock) return [.. Rows.Where(row => destinations.Contains(row.Destination))];
        }

        public ValueTask SaveAsync(
            IReadOnlyList<SiteState> saved, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                Writes++;
                if (Fault is { } fault) throw fault;
                Rows.AddRange(saved);
            }

            return default;
        }
    }
}
