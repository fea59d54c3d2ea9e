using System.Collections;
using System.Globalization;
using System.Reflection;
using Postfleet.Core.Units;

namespace Postfleet.Configuration;

/// <summary>
/// The options records as values by path, and back. Paths are the names of the properties, so a key of the table and its property
/// cannot differ; a test compares them. Each text is parsed once, here: values are numbers, flags, durations, sizes, rates, enumerations
/// (by their names, in any case) and types with a static <c>Parse(string)</c>, which reads the output of <c>ToString()</c>. For types
/// with <c>Parse</c> null is written as the empty text.
/// </summary>
public static class OptionsMap
{
    /// <summary>Binds a layer to records. Values missing in the layer keep their defaults.</summary>
    /// <typeparam name="T">The record whose properties are sections.</typeparam>
    public static T Bind<T>(Layer layer)
        where T : class, new() => (T)BindRecord(typeof(T), "", layer);

    /// <summary>The values of the records, in the order of their properties. Null values are left out.</summary>
    public static Layer Flatten(object options)
    {
        var layer = new Layer();
        FlattenRecord(options, "", layer);
        return layer;
    }

    private static object BindRecord(Type type, string path, Layer layer)
    {
        var record = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties())
        {
            if (BindProperty(property, Join(path, property.Name), layer) is { } value) property.SetValue(record, value);
        }

        return record;
    }

    private static object? BindProperty(PropertyInfo property, string path, Layer layer)
    {
        var type = property.PropertyType;
        if (IsRecord(type)) return BindRecord(type, path, layer);
        if (ElementType(type) is not { } element) return layer.Values.TryGetValue(path, out var text) ? Parse(type, text) : null;
        if (!layer.Lists.TryGetValue(path, out var count)) return null;
        // A refused value is not in the layer.
        var paths = Enumerable.Range(0, count).Select(i => $"{path}:{i}").Where(item => IsRecord(element) || layer.Values.ContainsKey(item))
            .ToList();
        var list = Array.CreateInstance(element, paths.Count);
        foreach (var (i, item) in paths.Index())
            list.SetValue(IsRecord(element) ? BindRecord(element, item, layer) : Parse(element, layer.Values[item]), i);
        return list;
    }

    private static void FlattenRecord(object record, string path, Layer layer)
    {
        foreach (var property in record.GetType().GetProperties())
        {
            if (property.GetValue(record) is { } value) FlattenValue(value, Join(path, property.Name), layer);
            else if (ParserOf(property.PropertyType) is not null) layer.Values[Join(path, property.Name)] = "";
        }
    }

    private static void FlattenValue(object value, string path, Layer layer)
    {
        if (IsRecord(value.GetType()))
        {
            FlattenRecord(value, path, layer);
        }
        else if (value is IEnumerable list and not string)
        {
            layer.Lists[path] = 0;
            foreach (var item in list) FlattenValue(item, $"{path}:{layer.Lists[path]++}", layer);
        }
        else
        {
            layer.Values[path] = TextForms.Write(value);
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    private static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && !type.IsAssignableTo(typeof(IEnumerable)) && ParserOf(type) is null;

    private static MethodInfo? ParserOf(Type type) => type.Assembly == typeof(object).Assembly ? null
        : type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string)]);

    private static Type? ElementType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    // The rule of the key has accepted the text, so a failure to parse it is a fault in the table.
    private static object? Parse(Type type, string text)
    {
        if (type == typeof(string)) return text;
        if (type == typeof(bool)) return bool.Parse(text);
        if (type == typeof(int)) return int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (type.IsEnum) return Enum.Parse(type, text, ignoreCase: true);
        if (type == typeof(ByteSize) && ByteSize.TryParse(text, out var size)) return size;
        if (type == typeof(Rate) && Rate.TryParse(text, out var rate)) return rate;
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan) && Durations.TryParse(text, out var duration)) return duration;
        if (ParserOf(type) is not { } parser) throw new NotSupportedException($"'{text}' is no {type}");
        return text.Length == 0 && type.IsClass ? null : parser.Invoke(null, [text]);
    }
}
