using System.Reflection;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>The log's events: an id means one thing in the whole program, and a name means one thing in its room.</summary>
public sealed class LogEventTests
{
    private const string Attribute = "Microsoft.Extensions.Logging.LoggerMessageAttribute";

    private const string Untyped = "Microsoft.Extensions.Logging.LoggerExtensions::Log";

    /// <summary>The first id of each room's range, which has a thousand.</summary>
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
    };

    private static readonly List<LogEvent> Events = [.. Repository.Rooms.SelectMany(EventsOf)];

    public static TheoryData<string> Rooms => [.. Repository.Rooms];

    [Fact]
    public void An_id_means_one_thing_in_all_rooms()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(line => line.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group)}"));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Ids_are_in_the_range_of_their_room(string room)
    {
        var first = Ranges[room];
        Assert.Empty(Events.Where(line => line.Room == room && (line.Id < first || line.Id > first + 999))
            .Select(line => $"{line.Id}: {line}"));
    }

    [Fact]
    public void Every_event_has_a_name() =>
        Assert.Empty(Events.Where(line => string.IsNullOrWhiteSpace(line.Name)).Select(line => $"{line} shows the name of its method"));

    [Fact]
    public void A_name_means_one_thing_in_its_room() =>
        Assert.Empty(Events.Where(line => line.Name is not null).GroupBy(line => (line.Room, line.Name)).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group)}"));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_has_one_class_for_its_log(string room) =>
        Assert.InRange(Events.Where(line => line.Room == room).Select(line => line.Type).Distinct().Count(), 0, 1);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Nothing_is_logged_without_an_event(string room) =>
        Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath(room)).Methods
            .Where(method => method.Uses.Any(use => use.StartsWith(Untyped, StringComparison.Ordinal)))
            .Select(method => method.ToString()));

    private static IEnumerable<LogEvent> EventsOf(string room) =>
        from type in Assembly.LoadFrom(Repository.AssemblyPath(room)).GetTypes()
        from method in type.GetMethods(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        from attribute in method.CustomAttributes
        where attribute.AttributeType.FullName == Attribute
        select new LogEvent(room, type.Name, method.Name, Id(attribute), Named(attribute, "EventName") as string);

    // The compiler takes an event's id as the first argument of three, or by its name. Without one it makes it of the method's name: zero
    // here.
    private static int Id(CustomAttributeData attribute) =>
        attribute.ConstructorArguments.Count == 3 ? (int)attribute.ConstructorArguments[0].Value! : (int?)Named(attribute, "EventId") ?? 0;

    private static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;

    private sealed record LogEvent(string Room, string Type, string Method, int Id, string? Name)
    {
        public override string ToString() => $"{Type}.{Method}";
    }
}
