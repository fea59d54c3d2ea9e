using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// Parsers, grammars, schedules and state machines are plain code: they get the time as an argument, and touch neither actors, sockets,
/// files, clocks nor threads. So they can be tested by example, by property and in a simulation.
/// </summary>
public sealed class PurityTests
{
    private static readonly (string Module, string Namespace, Func<ScannedType, bool> Where)[] PureParts =
    [
        ("Authentication", "Postfleet.Authentication.Arc", _ => true),
        ("Authentication", "Postfleet.Authentication.Dkim", _ => true),
        ("Authentication", "Postfleet.Authentication.Messages", _ => true),
        ("Authentication", "Postfleet.Authentication.Results", _ => true),
        ("Authentication", "Postfleet.Authentication.Sasl", _ => true),
        ("Authentication", "Postfleet.Authentication.Dmarc", _ => true),
        ("Authentication", "Postfleet.Authentication.Spf", _ => true),
        ("Authentication", "Postfleet.Authentication.Tokens", _ => true),
        ("Core", "Postfleet.Core.Classification", _ => true),
        ("Core", "Postfleet.Core.Mail", _ => true),
        ("Core", "Postfleet.Core.Queueing", _ => true),
        ("Core", "Postfleet.Core.Returns", _ => true),
        ("Core", "Postfleet.Core.Units", _ => true),
        ("Frontend", "Postfleet.Frontend.Filters.Protocol", _ => true),
        ("Frontend", "Postfleet.Frontend.Protocol", _ => true),
        ("Frontend", "Postfleet.Frontend.Session", type => EndsIn(type, "Machine")),
        ("QueueActors", "Postfleet.QueueActors.State", _ => true),
        ("QueueActors", "Postfleet.QueueActors.HandOff", type => EndsIn(type, "State", "Lifecycle")),
        ("QueueActors", "Postfleet.QueueActors.Notifications", _ => true),
        ("Delivery", "Postfleet.Delivery.Destinations.State", _ => true),
        ("Delivery", "Postfleet.Delivery.Mime", _ => true),
        ("Delivery", "Postfleet.Delivery.Smtp", type => EndsIn(type, "Parser", "Stuffer", "Capabilities")),
    ];

    public static TheoryData<string> Namespaces => [.. PureParts.Select(part => part.Namespace)];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void Pure_parts_use_nothing_impure(string space)
    {
        var part = PureParts.Single(part => part.Namespace == space);
        var assembly = ScannedAssembly.Of(Repository.AssemblyPath(part.Module));
        var types = WithAllThatTheyUse(assembly, assembly.Types.Where(type => IsWithin(type.Namespace, space) && part.Where(type)));
        var names = types.Select(type => type.Name).ToHashSet();
        var impure = types
            .SelectMany(type => type.References.Where(Rules.IsImpureType).Select(reference => $"{type.Name} refers to {reference}"))
            .Concat(assembly.Methods.Where(method => names.Contains(method.Type))
                .SelectMany(method => method.Uses.Where(Rules.IsImpureMember).Select(use => $"{method} uses {use}")));
        Assert.Empty(impure);
    }

    [Theory]
    [InlineData("Authentication", "Postfleet.Authentication.Arc")]
    [InlineData("Authentication", "Postfleet.Authentication.Dkim")]
    [InlineData("Authentication", "Postfleet.Authentication.Messages")]
    [InlineData("Authentication", "Postfleet.Authentication.Results")]
    [InlineData("Authentication", "Postfleet.Authentication.Sasl")]
    [InlineData("Authentication", "Postfleet.Authentication.Dmarc")]
    [InlineData("Authentication", "Postfleet.Authentication.Spf")]
    [InlineData("Authentication", "Postfleet.Authentication.Tokens")]
    [InlineData("Core", "Postfleet.Core.Classification")]
    [InlineData("Core", "Postfleet.Core.Mail")]
    [InlineData("Core", "Postfleet.Core.Queueing")]
    [InlineData("Core", "Postfleet.Core.Returns")]
    [InlineData("Core", "Postfleet.Core.Units")]
    [InlineData("Frontend", "Postfleet.Frontend.Protocol")]
    [InlineData("Frontend", "Postfleet.Frontend.Session")]
    [InlineData("QueueActors", "Postfleet.QueueActors.State")]
    [InlineData("QueueActors", "Postfleet.QueueActors.HandOff")]
    [InlineData("QueueActors", "Postfleet.QueueActors.Notifications")]
    [InlineData("Delivery", "Postfleet.Delivery.Destinations.State")]
    [InlineData("Delivery", "Postfleet.Delivery.Mime")]
    [InlineData("Delivery", "Postfleet.Delivery.Smtp")]
    public void The_pure_parts_are_where_the_rule_looks(string module, string space) => Assert.Contains(
        ScannedAssembly.Of(Repository.AssemblyPath(module)).Types,
        type => type.Namespace == space && PureParts.Single(part => part.Namespace == space).Where(type));

    [Fact]
    public void Core_does_no_io() => Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath("Core")).Types
        .SelectMany(type => type.References.Where(Rules.IsIo).Select(reference => $"{type.Name} refers to {reference}")));

    /// <summary>Modules receive a function with the answer, because two copies of the answer could differ.</summary>
    [Fact]
    public void The_addresses_of_the_machine_are_read_in_one_place() => Assert.Equal(
        ["Postfleet.Node.Common.MachineAddresses"],
        Repository.Modules.SelectMany(module => ScannedAssembly.Of(Repository.AssemblyPath(module)).Types)
            .Where(type => type.References.Contains("System.Net.NetworkInformation.NetworkInterface"))
            .Select(type => type.Name));

    // Types used by pure code in its module must be pure as well.
    private static IReadOnlyCollection<ScannedType> WithAllThatTheyUse(ScannedAssembly assembly, IEnumerable<ScannedType> roots)
    {
        var byName = assembly.Types.ToDictionary(type => type.Name);
        var found = new HashSet<ScannedType>();
        var open = new Stack<ScannedType>(roots);
        while (open.TryPop(out var type))
        {
            if (!found.Add(type)) continue;
            foreach (var name in type.References)
            {
                if (byName.TryGetValue(name, out var used)) open.Push(used);
            }
        }

        return found;
    }

    private static bool EndsIn(ScannedType type, params string[] endings) =>
        endings.Any(ending => type.Name.EndsWith(ending, StringComparison.Ordinal));

    private static bool IsWithin(string space, string parent) =>
        space == parent || space.StartsWith(parent + ".", StringComparison.Ordinal);
}
