using System.Reflection;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>The log's events: an id is unique in the program, and a name is unique in its module.</summary>
public sealed class LogEventTests
{
    private const string Attribute = "Microsoft.Extensions.Logging.LoggerMessageAttribute";

    private const string Untyped = "Microsoft.Extensions.Logging.LoggerExtensions::Log";

    /// <summary>The first id of each module's range of a thousand ids.</summary>
    private static readonly Dictionary<string, int> Ranges = new()
    {
        ["Frontend"] = 1000,
        ["QueueActors"] = 2000,
        ["Delivery"] = 3000,
        ["Spool"] = 4000,
        ["Node"] = 5000,
        ["Admin"] = 6000,
        ["Core"] = 7000,
        ["Contracts"] = 12000,
        ["Cluster"] = 8000,
        ["Journal"] = 9000,
        ["Storage"] = 10000,
        ["Configuration"] = 11000,
        ["Operations"] = 13000,
        ["Cli"] = 14000,
        ["Authentication"] = 15000,
        ["Dns"] = 16000,
        ["Signing"] = 17000,
    };

    private static readonly List<LogEvent> Events = [.. Repository.Modules.SelectMany(EventsOf)];

    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Fact]
    public void An_id_means_one_thing_in_all_modules()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(line => line.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group)}"));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Ids_are_in_the_range_of_their_module(string module)
    {
        var first = Ranges[module];
        Assert.Empty(Events.Where(line => line.Module == module && (line.Id < first || line.Id > first + 999))
            .Select(line => $"{line.Id}: {line}"));
    }

    [Fact]
    public void Every_event_has_a_name() =>
        Assert.Empty(Events.Where(line => string.IsNullOrWhiteSpace(line.Name)).Select(line => $"{line} shows the name of its method"));

    [Fact]
    public void A_name_means_one_thing_in_its_module() =>
        Assert.Empty(Events.Where(line => line.Name is not null).GroupBy(line => (line.Module, line.Name)).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group)}"));

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_has_one_class_for_its_log(string module) =>
        Assert.InRange(Events.Where(line => line.Module == module).Select(line => line.Type).Distinct().Count(), 0, 1);

    [Theory]
    [MemberData(nameof(Modules))]
    public void Nothing_is_logged_without_an_event(string module) =>
        Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath(module)).Methods
            .Where(method => method.Uses.Any(use => use.StartsWith(Untyped, StringComparison.Ordinal)))
            .Select(method => method.ToString()));

    private static IEnumerable<LogEvent> EventsOf(string module) =>
        from type in Assembly.LoadFrom(Repository.AssemblyPath(module)).GetTypes()
        from method in type.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        from attribute in method.CustomAttributes
        where attribute.AttributeType.FullName == Attribute
        select new LogEvent(module, type.Name, method.Name, Id(attribute), Named(attribute, "EventName") as string);

    // An event's id is the first of three arguments, or a named argument. Without an id the source generator derives the id from the
    // method's name: zero here.
    private static int Id(CustomAttributeData attribute) =>
        attribute.ConstructorArguments.Count == 3 ? (int)attribute.ConstructorArguments[0].Value! : (int?)Named(attribute, "EventId") ?? 0;

    private static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;

    private sealed record LogEvent(string Module, string Type, string Method, int Id, string? Name)
    {
        public override string ToString() => $"{Type}.{Method}";
    }
}
