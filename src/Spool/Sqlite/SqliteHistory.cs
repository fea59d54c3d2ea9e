using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The embedded history: outbox, mover and search. The storage owns it.</summary>
internal sealed class SqliteHistory : IAsyncDisposable
{
    private readonly SqliteHistorySource _source;
    private readonly FeedSignal _written = new();

    /// <summary>Makes the history of a data folder.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="keep">The kept kinds of events.</param>
    /// <param name="bounds">The bounds of the kept events.</param>
    /// <param name="spool">Readers of the spool.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public SqliteHistory(
        string folder, HistoryKeep keep, HistoryBounds bounds, SqliteReaders spool, ILogger logger, TimeProvider time)
    {
        Outbox = new SqliteOutbox(keep, logger, time);
        Mover = new SqliteHistoryMover(folder, Outbox, bounds, logger, time);
        _source = new SqliteHistorySource(Path.Combine(folder, SqliteHistorySchema.FileName), spool);
        Search = new HistorySearch(_source, keep, time);
        Feed = new EventFeed(new SqliteFeed(() => _source.History, spool), keep, _written);
        Outbox.Written = _written.Raise;
        Outbox.Filled = Mover.Wake;
        Mover.Replaced = () => _ = _source.ReopenAsync();
    }

    /// <summary>Where the spool's writer puts events.</summary>
    public SqliteOutbox Outbox { get; }

    /// <summary>Moves events into the file.</summary>
    public SqliteHistoryMover Mover { get; }

    /// <summary>The search.</summary>
    public IHistory Search { get; }

    /// <summary>The feed of events.</summary>
    public IEventFeed Feed { get; }

    /// <summary>Starts to move events; the tables of the spool are up to date by now.</summary>
    /// <exception cref="StartFailureException">A newer version made the file.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => Mover.StartAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Mover.DisposeAsync();
        await _source.DisposeAsync();
    }
}
