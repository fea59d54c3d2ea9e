using System.Collections;
using System.Globalization;
using System.Reflection;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Tests;

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

    /// <summary>Notes what each property of each record was seen to hold.</summary>
    public static void Collect(object? value, Dictionary<string, HashSet<string>> seen)
    {
        if (value is null or string or RecipientSet or MessageId or QueueKey or DestinationId or EnhancedStatus) return;
        if (value is IEnumerable items)
        {
            foreach (var item in items) Collect(item, seen);
        }
        else if (value.GetType().Namespace?.StartsWith("Postfleet", StringComparison.Ordinal) == true && !value.GetType().IsEnum)
        {
            foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                var held = property.GetValue(value);
                var name = $"{value.GetType().Name}.{property.Name}";
                if (!seen.TryGetValue(name, out var values)) seen.Add(name, values = []);
                values.Add(Of(held));
                Collect(held, seen);
            }
        }
    }

    private static IEnumerable<string> Properties(object value) => value.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .OrderBy(property => property.Name, StringComparer.Ordinal)
        .Select(property => $"{property.Name} = {Of(property.GetValue(value))}");
}
