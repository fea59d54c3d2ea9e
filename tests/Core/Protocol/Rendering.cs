using System.Collections;
using System.Globalization;
using System.Reflection;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Core.Tests.Protocol;

/// <summary>Writes a record with all that is in it as text, so that two of them can be compared whatever lists they hold.</summary>
internal static class Rendering
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        DateTimeOffset time => time.UtcTicks.ToString(CultureInfo.InvariantCulture),
        TimeSpan span => span.Ticks.ToString(CultureInfo.InvariantCulture),
        RecipientSet set => string.Join('.', set.Words.Select(word => word.ToString("x", CultureInfo.InvariantCulture))),
        MessageId or QueueKey or DestinationId or EnhancedStatus => value.ToString()!,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        _ when value.GetType().IsPrimitive || value.GetType().IsEnum => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"{value.GetType().Name} {{ {string.Join(", ", Properties(value))} }}",
    };

    private static IEnumerable<string> Properties(object value) => value.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .OrderBy(property => property.Name, StringComparer.Ordinal)
        .Select(property => $"{property.Name} = {Of(property.GetValue(value))}");
}
