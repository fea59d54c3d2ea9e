using System.Globalization;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A row of outcomes as the tests' writers keep it.</summary>
internal static class OutcomeLine
{
    /// <summary>The columns of the tests' table: its key, and the rest as one text.</summary>
    public const string Table =
        "CREATE TABLE outcome_row (part text, number integer, recipient integer, line text, PRIMARY KEY (part, number, recipient))";

    public static string Of(OutcomeRow row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Number} {row.Address ?? "?"} {row.Cause} {row.Disposition} {row.Reply.Code} {row.RemoteHost} {row.At:HH:mm:ss}");
}
