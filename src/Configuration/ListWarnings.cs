using Postfleet.Core.Mail;

namespace Postfleet.Configuration;

/// <summary>Warnings about list elements without effect.</summary>
public static class ListWarnings
{
    /// <summary>A warning line for each repeated value of a list.</summary>
    /// <param name="list">The path of the list.</param>
    /// <param name="values">Its values.</param>
    public static IEnumerable<string> Repeated<T>(string list, IReadOnlyList<T> values)
        where T : notnull
    {
        foreach (var (index, value) in values.Index())
        {
            var first = Enumerable.Range(0, index).FirstOrDefault(earlier => values[earlier].Equals(value), -1);
            if (first >= 0) yield return $"{list}:{index} is '{value}', as is {list}:{first}";
        }
    }

    /// <summary>
    /// A warning line for each unused domain pattern of a list: an earlier pattern matches all its domains.
    /// </summary>
    /// <param name="list">The path of the list; its elements have a key <c>Domain</c>.</param>
    /// <param name="domains">The patterns, in the order of the list.</param>
    /// <param name="covers">Whether an earlier element matches all that a later one matches beside the domain; null for always.</param>
    public static IEnumerable<string> NeverUsed(
        string list, IReadOnlyList<DomainPattern> domains, Func<int, int, bool>? covers = null)
    {
        for (var later = 1; later < domains.Count; later++)
        {
            var earlier = Enumerable.Range(0, later).FirstOrDefault(
                index => domains[index].Covers(domains[later]) && (covers is null || covers(index, later)), -1);
            if (earlier >= 0)
            {
                yield return $"{list}:{later}:Domain is '{domains[later]}', which is never used: " +
                    $"{list}:{earlier}:Domain '{domains[earlier]}' matches first";
            }
        }
    }
}
