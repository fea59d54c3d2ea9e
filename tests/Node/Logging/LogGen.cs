using CsCheck;
using Microsoft.Extensions.Logging;
using Postfleet.Node.Logging;

namespace Postfleet.Node.Tests.Logging;

/// <summary>Generates hostile values of peers, and lines with them.</summary>
internal static class LogGen
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 5, 48, 0, 123, TimeSpan.FromHours(1));

    /// <summary>Line ends, characters for hiding text or reversing its direction, and unpaired surrogates.</summary>
    private static readonly string[] Nasty =
    [
        "\n", "\r\n", "\r", "\t", "\0", "\x1b[2J", "\x7f", "\u0085", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud83d",
        "\ude00", "\ue000", "\uffff",
        "😀", "ü", "漢", "\"", "\\", "\\n", "=", " ", "\u00a0", "\u3000", "{", "}", "2026-11-23T04:48:00.123Z info accepted messageId=forged",
    ];

    public static readonly Gen<string> Text =
        Gen.OneOf(
            Gen.Int[0, Nasty.Length - 1].Select(i => Nasty[i]), Gen.String[Gen.Char[' ', '~'], 0, 12], Gen.Char.Select(c => c.ToString()))
            .Array[0, 12].Select(parts => string.Concat(parts));

    /// <summary>Fields with distinct names and hostile values within the length limit.</summary>
    public static readonly Gen<KeyValuePair<string, object?>[]> Fields =
        Text.Array[0, 6].Select(values => values.Select((value, i) => KeyValuePair.Create($"Field{i}", (object?)value)).ToArray());

    public static LogLine Line(params KeyValuePair<string, object?>[] fields) =>
        new(Now, LogLevel.Information, "SmtpSession", "accepted", fields, null, "");

    public static KeyValuePair<string, object?> Field(string key, object? value) => new(key, value);
}
