using Npgsql;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>A writer of outcomes for tests.</summary>
internal sealed class PostgresOutcomeTable(Action<HistoryEvent> fault) : IPostgresOutcomeWriter
{
    public HistoryKeep Keep => HistoryKeep.All;

    public void Add(NpgsqlBatch batch, IReadOnlyList<StoredHistoryEntry> entries)
    {
        foreach (var row in OutcomeLine.EventsOf(entries))
        {
            PostgresColumns.Add(
                batch, "INSERT INTO outcome_row (part, number, recipient, line) VALUES ($1, $2, $3, $4)",
                Value($"{row.Message}/{row.Queue}"), Value(row.Number), Value(row.RecipientIndex), Value(OutcomeLine.Of(row)));
            fault(row);
        }
    }
}
