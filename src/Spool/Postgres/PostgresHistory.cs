using Microsoft.Extensions.Logging;
using Postfleet.Core.Concurrency;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Postgres;

/// <summary>The shared history: writer, keeper of the partitions, and search, with connections of its own. The storage owns it.</summary>
internal sealed class PostgresHistory : IAsyncDisposable
{
    /// <summary>Time between two runs of the keeper.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // A search may read for seconds, and must not delay the reads of deliveries.
    private const int MaxReaders = 2;

    private readonly ILogger _logger;
    private readonly PostgresPool _readPool;
    private readonly PostgresPool _keepPool;
    private readonly PeriodicLoop _loop;

    /// <summary>Makes the history.</summary>
    /// <param name="settings">The database, the kept kinds of events and the bounds.</param>
    /// <param name="spool">Readers of the spool.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public PostgresHistory(SpoolSettings settings, PostgresReaders spool, ILogger logger, TimeProvider time)
    {
        _loop = new PeriodicLoop(Interval, token => Keeper!.RunAsync(waits: false, token), Failed, time);
        _logger = logger;
        _readPool = PostgresPool.Create(
            $"{settings.ConnectionString};Connection Idle Lifetime=10;Connection Pruning Interval=5", MaxReaders, "postfleet history",
            settings: PostgresHistorySource.Settings, password: settings.Password, guard: settings.Guard);
        // For a second of each minute, and for takeovers: no connection is kept open.
        _keepPool = PostgresPool.Create(
            $"{settings.ConnectionString};Pooling=false", 1, "postfleet history keeper", password: settings.Password,
            guard: settings.Guard);
        Keeper = new PostgresHistoryKeeper(
            _keepPool, new HistoryBounds(settings.HistoryRetention, settings.HistoryMaxBytes), logger, time);
        var readers = new PostgresReaders(new ConnectionGate(_readPool, time));
        Search = new HistorySearch(new PostgresHistorySource(readers, spool, time), settings.HistoryKeep, time);
        Takeovers = new PostgresTakeovers(readers, _keepPool);
        Feed = new EventFeed(new PostgresFeed(readers, settings.HistoryRetention, time), settings.HistoryKeep, Written);
    }

    /// <summary>The feed of events.</summary>
    public IEventFeed Feed { get; }

    /// <summary>The changes of owner of queues.</summary>
    public ITakeoverHistory Takeovers { get; }

    /// <summary>Tells the readers of the feed about commits.</summary>
    public FeedSignal Written { get; } = new();

    /// <summary>Makes and drops partitions.</summary>
    public PostgresHistoryKeeper Keeper { get; }

    /// <summary>The search.</summary>
    public IHistory Search { get; }

    /// <summary>Makes the first partitions, before the first event; then keeps them. The tables are up to date by now.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Keeper.RunAsync(waits: true, cancellationToken);
        }
#pragma warning disable CA1031 // Without partitions, events go to the default partition: nothing else depends on them.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Failed(e);
        }

        _loop.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        await _readPool.DisposeAsync();
        await _keepPool.DisposeAsync();
    }

    private void Failed(Exception fault) => SpoolLog.HistoryFails(_logger, fault, "partitions are not kept");
}
