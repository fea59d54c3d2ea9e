using Npgsql;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>A writer of outcomes for tests.</summary>
internal sealed class PostgresOutcomeTable(Action<OutcomeRow> fault) : IPostgresOutcomeWriter
{
    public void Add(NpgsqlBatch batch, IReadOnlyList<OutcomeRow> rows)
    {
        foreach (var row in rows)
        {
            PostgresColumns.Add(
                batch, "INSERT INTO outcome_row (part, number, recipient, line) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                Value(row.Part.ToString()), Value(row.Number), Value(row.Recipient), Value(OutcomeLine.Of(row)));
            fault(row);
        }
    }
}
