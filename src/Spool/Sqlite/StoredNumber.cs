using System.Globalization;

namespace Postfleet.Spool.Sqlite;

/// <summary>Fractions for SQLite's statements, which are bound and read as texts. Pure.</summary>
internal static class StoredNumber
{
    /// <summary>Writes a number.</summary>
    public static string Write(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Reads a number; 0 for a text that is none.</summary>
    public static double Read(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
