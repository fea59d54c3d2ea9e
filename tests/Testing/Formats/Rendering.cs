using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Formats;

/// <summary>Writes a record and everything in it as text, so that two records with lists can be compared.</summary>
public static class Rendering
{
    /// <summary>The text of a record.</summary>
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        DateTimeOffset time => time.UtcTicks.ToString(CultureInfo.InvariantCulture),
        TimeSpan span => span.Ticks.ToString(CultureInfo.InvariantCulture),
        RecipientSet set => string.Join('.', ((ulong[])[set.FirstWord, .. set.MoreWords]).Select(
            word => word.ToString("x", CultureInfo.InvariantCulture))),
        MessageId or QueueKey or DestinationId or EnhancedStatus or IPAddress or UInt128 => value.ToString()!,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        _ when value.GetType().IsPrimitive || value.GetType().IsEnum => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"{value.GetType().Name} {{ {string.Join(", ", Properties(value))} }}",
    };

    /// <summary>Adds the values of all properties of a record to the values seen so far.</summary>
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
